import { deliveries } from "@longshore/edge/demo/deliveries";

/** What somebody might have written down: of real webhooks, what happened, where and by whom. */
export function notes(count: number): readonly string[] {
  const seen = new Set<string>();
  for (const { event, body } of deliveries("unused")) {
    const { action, repository, sender } = JSON.parse(body) as Partial<
      Record<"action", string> & { repository: { full_name?: string }; sender: { login?: string } }
    >;
    const where = repository?.full_name === undefined ? "" : ` in ${repository.full_name}`;
    const by = sender?.login === undefined ? "" : `, by ${sender.login}`;
    seen.add(`${event.replaceAll("_", " ")}${action === undefined ? "" : ` ${action}`}${where}${by}`);
    if (seen.size === count) break;
  }
  return [...seen];
}
