import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { ScheduleView, SchedulesView, Triggered } from "../src/api.ts";
import { act, read } from "./call.ts";
import { Confirm } from "./confirm.tsx";
import { local, utc } from "./format.ts";
import { useReading } from "./live.ts";
import { Loading, Problem, When } from "./parts.tsx";
import { linkTo } from "./place.ts";
import { useShared } from "./session.ts";

/** A tick may be a minute late; more than two, and nothing ticks. */
const LATE_MS = 120_000;

export function Schedules(): VNode {
  const { live } = useShared();
  const { value, error } = useReading("schedules", live, () => read<SchedulesView>("schedules"));
  if (value === undefined) return error === undefined ? <Loading /> : <Problem error={error} />;
  return (
    <>
      <Problem error={error} />
      {value.schedules.length === 0 && <p class="quiet">No worker has declared a schedule.</p>}
      {value.schedules.map((one) => (
        <One key={`${one.name} ${one.rule}`} schedule={one} now={value.at} />
      ))}
      {value.more && <p class="quiet">There are more; the first hundred by name are shown.</p>}
    </>
  );
}

function One({ schedule, now }: { readonly schedule: ScheduleView; readonly now: number }): VNode {
  const { name, rule, cursor, nextAt, known, next, last } = schedule;
  const late = nextAt !== undefined && now - nextAt > LATE_MS;
  return (
    <section class="card">
      <div class="headline">
        <h2>{name}</h2>
        <code>{rule}</code>
        {late && <span class="tag">overdue: does a worker tick?</span>}
        {known && <Trigger name={name} />}
      </div>
      <dl class="facts">
        <div>
          <dt>Next, as the store has it</dt>
          <dd>{nextAt === undefined ? "none" : <When at={nextAt} now={now} />}</dd>
        </div>
        <div>
          <dt>Handled up to</dt>
          <dd>{cursor === undefined ? "no worker has declared it yet" : <When at={cursor} now={now} />}</dd>
        </div>
      </dl>
      {known ? (
        <details>
          <summary>Next and last five times</summary>
          <Times title="Next" times={next ?? []} />
          <Times title="Last" times={last ?? []} />
        </details>
      ) : (
        <p class="quiet small">The dashboard was not given this schedule: it can neither foretell nor trigger it.</p>
      )}
    </section>
  );
}

function Times({ title, times }: { readonly title: string; readonly times: readonly number[] }): VNode {
  return (
    <>
      <h3>{title}</h3>
      {times.length === 0 ? (
        <p class="quiet">none</p>
      ) : (
        <ol class="times">
          {times.map((at) => (
            <li key={at}>
              {local(at)} <span class="quiet">{utc(at)}</span>
            </li>
          ))}
        </ol>
      )}
    </>
  );
}

function Trigger({ name }: { readonly name: string }): VNode | null {
  const { session, say } = useShared();
  const [asked, ask] = useState(false);
  const [made, setMade] = useState<Triggered>();
  if (!session.actions) return null;
  const run = async (): Promise<void> => {
    ask(false);
    try {
      setMade(await act<Triggered>("trigger", session.token, { name }));
      say(`${name} was triggered.`);
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), "bad");
    }
  };
  return (
    <>
      <button type="button" aria-label={`Trigger now: ${name}`} onClick={() => ask(true)}>
        Trigger now
      </button>
      {made !== undefined && <a href={linkTo("job", made.id, { partition: made.partition })}>Its job</a>}
      {asked && (
        <Confirm title={`Trigger ${name} now?`} yes="Trigger" onAnswer={(agreed) => (agreed ? void run() : ask(false))}>
          <p>The job of its last time is enqueued once more, with an id of its own. The schedule goes on as it was.</p>
        </Confirm>
      )}
    </>
  );
}
