/**
 * A signal that fires once `progress` has shown the same for `looks` looks in a row, a second apart. Nothing here knows
 * how fast a machine is: whoever gets on is given time, and a machine that stands still does not look, either.
 */
export function stallSignal(progress: () => string, looks: number): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  let last = progress();
  let same = 0;
  const timer = setInterval(() => {
    const now = progress();
    same = now === last ? same + 1 : 0;
    last = now;
    if (same >= looks) controller.abort(new Error(`nothing has moved for ${looks} s`));
  }, 1_000);
  return { signal: controller.signal, end: () => clearInterval(timer) };
}
