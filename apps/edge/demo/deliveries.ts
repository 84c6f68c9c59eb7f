import { createHmac } from "node:crypto";
import { createRequire } from "node:module";

/** A webhook as GitHub would send it. */
export type Delivery = {
  readonly id: string;
  readonly event: string;
  readonly repository: string | undefined;
  readonly body: string;
  readonly signature: string;
};

type Example = { readonly name: string; readonly examples: readonly unknown[] };

const REPOSITORIES = 8;

/** Nearly all of the real ones are of one repository: they are dealt out to a few, as those of an organisation are. */
function repositoryOf(example: unknown, number: number): string | undefined {
  const { repository } = Object(example) as { repository?: unknown }; // GitHub's payloads are objects
  return typeof Object(repository).full_name === "string" ? `octo/repository-${number % REPOSITORIES}` : undefined;
}

function inRepository(example: unknown, full_name: string): object {
  const payload = example as { readonly repository: object }; // it has one
  return { ...payload, repository: { ...payload.repository, full_name } };
}

/** The real payloads that GitHub's developers collected, signed with our secret, each under an id that ends in its number. */
export function deliveries(secret: string): readonly Delivery[] {
  const require = createRequire(import.meta.url);
  const events = require("@octokit/webhooks-examples") as readonly Example[]; // its own types describe each event
  const payloads = events.flatMap(({ name, examples }) => examples.map((example) => ({ event: name, example })));
  return payloads.map(({ event, example }, number) => {
    const repository = repositoryOf(example, number);
    const body = JSON.stringify(repository === undefined ? example : inRepository(example, repository));
    const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
    const id = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
    return { id, event, repository, body, signature };
  });
}

/** The number of a delivery, from its id. */
export function numberOf(id: string): number {
  return Number(id.slice(-12));
}
