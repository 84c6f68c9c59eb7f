import { type IncomingMessage, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Entry, Note, Notes } from "./note.ts";

/** What happened, written down outside of the system that is tested, and never changed. */
export type Ledger = Notes & {
  /** Where the system under test posts its notes, as a JSON array. Answers with the number that `waiting` returns. */
  readonly address: string;
  readonly entries: readonly Entry[];
  /** Resolves at the next note of a type. */
  next(type: Note["type"]): Promise<void>;
  close(): void;
};

export async function openLedger(): Promise<Ledger> {
  const entries: Entry[] = [];
  const waiting = new Set<string>();
  const executed = new Set<string>();
  let listeners: { readonly type: Note["type"]; readonly heard: () => void }[] = [];
  const write = (note: Note): void => {
    entries.push({ ...note, at: performance.now() });
    if (note.type === "acknowledged" && !executed.has(note.id)) waiting.add(note.id);
    if (note.type === "executed") {
      waiting.delete(note.id);
      executed.add(note.id);
    }
    for (const { type, heard } of listeners) if (type === note.type) heard();
    listeners = listeners.filter(({ type }) => type !== note.type);
  };
  const server = createServer((request, response) => {
    void read(request).then(
      (body) => {
        for (const note of JSON.parse(body) as Note[]) write(note); // only our own worker knows the address
        response.end(String(waiting.size));
      },
      () => response.destroy(), // killed half-way
    );
  });
  // On a busy machine it would close a connection just when a note comes.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return {
    address: `127.0.0.1:${port}`,
    entries,
    async note(...notes) {
      for (const note of notes) write(note);
    },
    next: (type) => new Promise((heard) => void listeners.push({ type, heard })),
    waiting: () => waiting.size,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding was set
  return Buffer.concat(chunks).toString();
}
