import { type IncomingMessage, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Entry, Note } from "./note.ts";

/** What happened, written down outside of the system that is tested, and never changed. */
export type Ledger = {
  /** Where the system under test posts its notes, each as JSON. */
  readonly address: string;
  readonly entries: readonly Entry[];
  note(note: Note): void;
  /** How many jobs were acknowledged and never executed since. */
  waiting(): number;
  close(): void;
};

export async function openLedger(): Promise<Ledger> {
  const entries: Entry[] = [];
  const waiting = new Set<string>();
  const executed = new Set<string>();
  const note = (note: Note): void => {
    entries.push({ ...note, at: performance.now() });
    if (note.type === "acknowledged" && !executed.has(note.id)) waiting.add(note.id);
    if (note.type !== "executed") return;
    waiting.delete(note.id);
    executed.add(note.id);
  };
  const server = createServer((request, response) => {
    void read(request).then(
      (body) => {
        note(JSON.parse(body) as Note); // only our own worker knows the address
        response.writeHead(204).end();
      },
      () => response.destroy(), // killed half-way
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return {
    address: `127.0.0.1:${port}`,
    entries,
    note,
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
