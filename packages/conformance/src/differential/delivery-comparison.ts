import type { ClaimedJob, EnqueueAnswer, NewJob, Pull, SettleAnswer } from "@longshore/core/adapter";
import { show } from "../expect.ts";
import { leaseOf } from "../jobs.ts";
import { claimAll } from "../harness.ts";
import { type Delivered, carry, deliver, emptyBag, send } from "../model/broker.ts";
import type { AnyAdapter, Make, Subject } from "../subject.ts";
import { START } from "@longshore/testing/tools";
import type { Comparison } from "./history.ts";
import { type Plan, type DeliveryContext, type DeliveryStep, planned } from "./delivery-steps.ts";

export type ComparedDeliveries = {
  readonly make: Make;
  /** Another adapter; by default the model. */
  readonly other?: Make;
  /** After how many ms a job comes again that a consumer did not settle. */
  readonly redeliveryMs: number;
};

/** One of two sides that get the same calls. */
type Side = { readonly name: string; play(operation: DeliveryStep["operation"]): Promise<unknown> };

/** Sends jobs through two adapters on one clock, or one and the model. In both cases the model also decides what comes next. */
export async function compareDeliveries({
  make,
  other,
  redeliveryMs,
}: ComparedDeliveries): Promise<Comparison<DeliveryContext, DeliveryStep>> {
  let now = START;
  let made = 0;
  const clock = { now: () => now };
  const subjects = [await make({ clock })];
  if (other !== undefined) subjects.push(await other({ clock }));
  const traits = subjects.map(({ adapter }) => adapter.traits);
  const stepMs = Math.max(...traits.map(({ delayStepMs }) => delayStepMs));
  const context: DeliveryContext = {
    bag: emptyBag({ stepMs, redeliveryMs }),
    get now() {
      return now;
    },
    newId: () => `job-${++made}`,
    stepMs,
    maxDelayMs: Math.min(...traits.map(({ maxDelayMs }) => maxDelayMs)),
  };
  const model = modelSide(context);
  const names = other === undefined ? ["the adapter"] : ["the one", "the other"];
  const sides = subjects.map((subject, i) => subjectSide(names[i] ?? "", subject, stepMs));

  return {
    context,
    async step({ waitMs, operation }) {
      now += waitMs;
      const known = await model.play(operation);
      const answers: { name: string; answer: unknown }[] = [];
      for (const side of sides) answers.push({ name: side.name, answer: await side.play(operation) });
      if (other === undefined) answers.push({ name: model.name, answer: known });
      const [one, two] = answers.map(({ answer }) => show(answer));
      if (one === two) return undefined;
      return [`${operation.verb}:`, ...answers.map(({ name, answer }) => `  ${name}: ${show(answer)}`)].join("\n");
    },
    async dispose() {
      for (const subject of subjects) await subject.dispose?.();
    },
  };
}

function subjectSide(name: string, subject: Subject, stepMs: number): Side {
  let { adapter } = subject;
  const consume = async (plans: readonly Plan[]): Promise<unknown> => {
    const delivered: Delivered[] = [];
    const answers: SettleAnswer[] = [];
    const run = async (jobs: readonly ClaimedJob[]): Promise<void> => {
      const carried = jobs.filter(({ id }) => elsewhere.has(id));
      const own = jobs.filter(({ id }) => !elsewhere.has(id));
      // Leaves out what a broker cannot know of its own jobs: whether they stalled, and since when they were due.
      for (const { token, stalled, waitedMs: _waitedMs, ...job } of jobs) {
        delivered.push({ ...job, claim: elsewhere.has(job.id) ? { token, stalled } : undefined });
      }
      const settlements = own.flatMap((job) => {
        const { fate, next } = planned(plans, job, stepMs);
        if (fate.type === "left") left.add(job.id);
        return fate.type === "left" ? [] : [{ ...leaseOf(job), outcome: fate, next }];
      });
      answers.push(...(await adapter.settle(settlements)).map(asSent));
      // Jobs of a store are settled there; a broker that still holds them is told that they are done.
      await adapter.settle(carried.map((job) => ({ ...leaseOf(job), outcome: { type: "complete" } })));
    };
    await (subject.deliver?.(run) ?? claimAll(pulling(adapter), run));
    return seen(delivered, answers, left);
  };
  const left = new Set<string>();
  /** The jobs that were claimed in a store. */
  const elsewhere = new Set<string>();

  return {
    name,
    async play({ verb, input }) {
      switch (verb) {
        case "enqueue":
          return (await adapter.enqueue(input[0])).map(sentOf);
        case "deliver":
          return consume(input[0]);
        case "carry":
          for (const { id } of input[0]) elsewhere.add(id);
          return adapter.carry?.(input[0]);
        case "reopen":
          adapter = (await subject.reopen?.()) ?? adapter;
          return undefined;
      }
    },
  };
}

function modelSide(context: DeliveryContext): Side {
  const left = new Set<string>();
  return {
    name: "the model",
    async play({ verb, input }) {
      switch (verb) {
        case "enqueue":
          context.bag = send(context.bag, input[0], context.now);
          return input[0].map(() => SENT);
        case "deliver": {
          const answers: SettleAnswer[] = [];
          const decide = (job: Delivered): Plan & { next: NewJob[] } => {
            const plan = planned(input[0], job, context.stepMs);
            const next = plan.next.map(() => SENT);
            if (plan.fate.type === "left") left.add(job.id);
            else answers.push(next.length === 0 ? "accepted" : { status: "accepted", next });
            return plan;
          };
          const { bag, delivered } = deliver(context.bag, decide, context.now);
          context.bag = bag;
          return seen(delivered, answers, left);
        }
        case "carry":
          context.bag = carry(context.bag, input[0], context.now);
          return input[0].map(() => "sent");
        case "reopen":
          return undefined;
      }
    },
  };
}

const SENT: EnqueueAnswer = { status: "sent" };

/** A store's answer says more than that the jobs were sent. */
function sentOf(answer: EnqueueAnswer): EnqueueAnswer {
  return answer.status === "created" ? SENT : answer;
}

function asSent(answer: SettleAnswer): SettleAnswer {
  return typeof answer === "object" ? { status: "accepted", next: answer.next.map(sentOf) } : answer;
}

/**
 * Sorted, because a broker has no order. Once a consumer has left a job, a broker may forget why it was snoozed,
 * because the original message comes again.
 */
function seen(delivered: readonly Delivered[], answers: readonly SettleAnswer[], left: ReadonlySet<string>): unknown {
  const told = delivered.map(({ snoozed, ...job }) => (left.has(job.id) ? job : { ...job, snoozed }));
  return { delivered: told.sort((a, b) => (a.id < b.id ? -1 : 1)), answers: answers.map(show).sort() };
}

function pulling(adapter: AnyAdapter): AnyAdapter & Pull {
  return adapter as AnyAdapter & Pull; // checked by the caller: an adapter that does not deliver can be claimed from
}
