import type { Sockets } from "../mounts.ts";
import { receiverOf, senderOf, task } from "../pushing.ts";

/** Sends jobs to a receiver of this runtime: what became of one that succeeds, and of one that fails. */
export async function pushed(sockets: Sockets): Promise<readonly unknown[]> {
  const { url, to, queue, ended, state } = senderOf(sockets);
  const receiver = receiverOf(url, (n) => {
    if (n === 2) throw new Error("two");
  });
  await queue.enqueueMany([1, 2].map((n) => task.with({ n }, { id: `job-${n}` })));
  const { carried } = await to(`${sockets.mount(receiver)}/run`).dispatchDue();
  await ended();
  return [carried, await state("job-1"), await state("job-2")];
}
