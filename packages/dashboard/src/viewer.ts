import { type Checks, aBoolean, checkOptions, text } from "@longshore/core/adapter";

/** Somebody who may look at the page. */
export type Viewer = {
  /** Names them on the page and in the log of their actions: 1 to 200 characters. */
  readonly name: string;
  /** Whether they may cancel, replay, pause and so on. Default: false. */
  readonly actions?: boolean | undefined;
  /**
   * Whether they may see inputs, results, unique keys and stacks, which may quote an input. Each is still hidden until
   * they ask for it. Default: false.
   */
  readonly payloads?: boolean | undefined;
};

/** A viewer whose rights are decided. */
export type KnownViewer = { readonly name: string; readonly actions: boolean; readonly payloads: boolean };

/**
 * Who asks. Undefined refuses the request; a `Response` is sent as it is, such as a redirect to a sign-in page. If it
 * throws, the request is refused. It is called for every request, those of the page's script included.
 */
export type Authorize = (request: Request) => Viewer | Response | undefined | Promise<Viewer | Response | undefined>;

const CHECKS: Checks<Viewer> = {
  name: text("1 to 200 characters", /^.{1,200}$/s),
  actions: aBoolean,
  payloads: aBoolean,
};

/** The viewer of a request, or the response that `authorize` chose; undefined if there is neither. Fails as `authorize` does. */
export async function viewerOf(authorize: Authorize, request: Request): Promise<KnownViewer | Response | undefined> {
  const told: unknown = await authorize(request);
  if (told === undefined || told === null || told === false) return undefined;
  // By its shape: a runtime may have several classes of this name.
  if (Object.prototype.toString.call(told) === "[object Response]") return told as Response;
  const viewer = told as Viewer; // checked next
  checkOptions("the viewer of dashboard", viewer, CHECKS);
  CHECKS.name(viewer.name, "name of the viewer of dashboard");
  return { name: viewer.name, actions: viewer.actions === true, payloads: viewer.payloads === true };
}
