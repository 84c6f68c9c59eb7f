import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { DeadView } from "../src/api.ts";
import { read } from "./call.ts";
import { count } from "./format.ts";
import { useReading } from "./live.ts";
import { Loading, Problem, Table, When } from "./parts.tsx";
import { linkTo } from "./place.ts";
import { ReplayDialog } from "./replay.tsx";
import { useShared } from "./session.ts";

type Group = DeadView["groups"][number];
/** What is to be replayed. */
type Wanted = "all" | Group;

/** Dead letters by error. Read once, and again when asked: it may read thousands of them. */
export function DeadLetters(): VNode {
  const { value, error, refresh } = useReading("dead", false, () => read<DeadView>("dead"));
  return (
    <>
      <Problem error={error} />
      {value === undefined ? error === undefined && <Loading /> : <Groups view={value} onChange={refresh} />}
    </>
  );
}

function Groups({ view, onChange }: { readonly view: DeadView; onChange(): void }): VNode {
  const { session } = useShared();
  const [wanted, want] = useState<Wanted>();
  const { groups, read: seen, more, at } = view;
  const acts = session.actions && session.can.control;
  return (
    <>
      <div class="headline">
        <span>
          {more ? `The last ${count(seen)} dead letters by id; there are more.` : `Dead letters: ${count(seen)}.`}
        </span>
        <div class="buttons">
          <button type="button" onClick={onChange}>
            Read again
          </button>
          {acts && seen > 0 && (
            <button type="button" onClick={() => want("all")}>
              Replay all
            </button>
          )}
          <a href={linkTo("jobs", "", { state: "dead" })}>One by one</a>
        </div>
      </div>
      {groups.length === 0 ? (
        <p class="quiet">Nothing is dead.</p>
      ) : (
        <Table
          label="Dead letters by error"
          head={
            <>
              <th scope="col">Error</th>
              <th scope="col" class="number">
                Jobs
              </th>
              <th scope="col" class="wide">
                Last
              </th>
              <th scope="col" class="wide">
                First
              </th>
              {acts && <th scope="col">Replay</th>}
            </>
          }
        >
          {groups.map((group) => (
            <tr key={`${group.queue} ${group.name} ${group.error}`}>
              <td class="job">
                <div class="message">{group.error === "" ? "no message" : group.error}</div>
                <div class="quiet">
                  {group.name} in {group.queue}, such as{" "}
                  <a href={linkTo("job", group.example.id, { partition: group.example.partition })}>
                    {group.example.id}
                  </a>
                </div>
              </td>
              <td class="number">{count(group.count)}</td>
              <td class="wide">
                <When at={group.newestAt} now={at} />
              </td>
              <td class="wide">
                <When at={group.oldestAt} now={at} />
              </td>
              {acts && (
                <td>
                  <button type="button" aria-label={`Replay ${group.error || "these"}`} onClick={() => want(group)}>
                    Replay
                  </button>
                </td>
              )}
            </tr>
          ))}
        </Table>
      )}
      {wanted !== undefined && (
        <ReplayDialog
          filter={wanted === "all" ? { all: true } : { queue: wanted.queue, name: wanted.name, error: wanted.error }}
          onClose={() => {
            want(undefined);
            onChange();
          }}
        />
      )}
    </>
  );
}
