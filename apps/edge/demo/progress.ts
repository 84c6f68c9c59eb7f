/** Says how far a run is: on a terminal in one line that changes, elsewhere in lines of their own, now and then. */
export type Progress = {
  /** An event that stays to be read. */
  note(text: string): void;
  stop(): void;
};

export function startProgress(status: () => string): Progress {
  const { isTTY } = process.stdout;
  let last = "";
  const seconds = secondsSince(performance.now());
  const show = (): void => {
    const now = status();
    if (now === last && !isTTY) return;
    last = now;
    process.stdout.write(isTTY ? `\r\x1b[2K${seconds()}  ${now}` : `${seconds()}  ${now}\n`);
  };
  const timer = setInterval(show, isTTY ? 100 : 2_000);
  return {
    note(text) {
      process.stdout.write(`${isTTY ? "\r\x1b[2K" : ""}${seconds()}  ${text}\n`);
      last = "";
    },
    stop() {
      clearInterval(timer);
      if (isTTY) process.stdout.write("\r\x1b[2K");
    },
  };
}

function secondsSince(startedAt: number): () => string {
  return () => `${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(5)} s`;
}
