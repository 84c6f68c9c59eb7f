import { createQueue, createWorker } from "@longshore/core";
import { consume } from "@longshore/rabbitmq";
import { chanceOf } from "../chance.ts";
import { handlersOf } from "../handlers.ts";
import { child, messageOf, plain } from "../jobs.ts";
import { startProducer } from "../producer.ts";
import { notesAt } from "./notes.ts";
import { openRabbitMQ } from "./open.ts";

// A process over a broker, which is killed while it enqueues and consumes.

const [place = "", ledgerAddress = "", origin = "", seed = "", lanes = ""] = process.argv.slice(2);

/** As many of each queue are in hand, run or not, when the process is killed. */
const SLOTS = 6;

const broker = openRabbitMQ(place, Number(origin));
const { note, waiting } = notesAt(ledgerAddress);
const handlers = handlersOf({
  by: `process ${origin}`,
  note,
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});
const worker = createWorker(broker, { queues: { [plain.queue]: SLOTS, [child.queue]: SLOTS }, handlers });
consume({ broker, worker });
console.log("ready");
const producer = startProducer(
  createQueue(broker),
  { note, waiting },
  { chance: chanceOf(Number(seed) + Number(origin)), origin: Number(origin), lanes: Number(lanes), orderOf: messageOf },
);
// Ends the process with what the broker refused, if it refuses anything.
await producer.ended;
