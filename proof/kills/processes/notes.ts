import type { Note, Notes } from "../note.ts";

/** The ledger of another process. */
export function notesAt(address: string): Notes {
  let waiting = 0;
  return {
    async note(...notes: readonly Note[]) {
      const response = await fetch(`http://${address}/`, { method: "POST", body: JSON.stringify(notes) });
      if (!response.ok) throw new Error(`The ledger answered ${response.status}.`);
      waiting = Number(await response.text());
    },
    waiting: () => waiting,
  };
}
