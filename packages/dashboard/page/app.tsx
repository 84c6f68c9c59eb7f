import type { VNode } from "preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Session } from "../src/api.ts";
import { read } from "./call.ts";
import { DeadLetters } from "./dead.tsx";
import { JobPage } from "./job.tsx";
import { JobsView } from "./jobs.tsx";
import { OverviewView } from "./overview.tsx";
import { Loading, Problem } from "./parts.tsx";
import { type Place, linkTo, usePlace } from "./place.ts";
import { QueuePage } from "./queue.tsx";
import { Schedules } from "./schedules.tsx";
import { type Shared, SharedContext } from "./session.ts";

type View = { readonly title: (place: Place) => string; readonly show: (place: Place) => VNode };

const VIEWS: Readonly<Record<string, View>> = {
  "": { title: () => "Overview", show: () => <OverviewView /> },
  queue: { title: ({ of }) => of, show: (place) => <QueuePage place={place} /> },
  jobs: { title: () => "Jobs", show: (place) => <JobsView place={place} /> },
  job: { title: ({ of }) => of, show: (place) => <JobPage place={place} /> },
  dead: { title: () => "Dead letters", show: () => <DeadLetters /> },
  schedules: { title: () => "Schedules", show: () => <Schedules /> },
};
const NOWHERE: View = {
  title: () => "Not found",
  show: () => (
    <p>
      There is nothing at this address. <a href={linkTo("")}>Go to the overview.</a>
    </p>
  ),
};

export function App(): VNode {
  const [session, setSession] = useState<Session>();
  const [error, setError] = useState<string>();
  const start = useCallback(async () => {
    try {
      setSession(await read<Session>("session"));
      setError(undefined);
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown.message : String(thrown));
    }
  }, []);
  useEffect(() => void start(), [start]);
  if (session !== undefined) return <Frame session={session} />;
  return (
    <main>
      <Problem error={error} />
      {error === undefined ? (
        <Loading />
      ) : (
        <button type="button" onClick={() => void start()}>
          Try again
        </button>
      )}
    </main>
  );
}

type Said = { readonly message: string; readonly kind: "good" | "bad" };

function Frame({ session }: { readonly session: Session }): VNode {
  const place = usePlace();
  const [live, setLive] = useState(true);
  const [said, setSaid] = useState<Said>();
  const shared: Shared = useMemo(
    () => ({ session, live, say: (message, kind = "good") => setSaid({ message, kind }) }),
    [session, live],
  );
  const view = (Object.hasOwn(VIEWS, place.view) ? VIEWS[place.view] : undefined) ?? NOWHERE;
  const title = view.title(place);
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);
  useEffect(() => {
    document.title = `${title} · jobs`;
    // Whoever follows a link by keyboard or ear starts at the new view's title.
    if (!first.current) heading.current?.focus();
    first.current = false;
    setSaid(undefined);
  }, [place.view, place.of, title]);
  return (
    <SharedContext.Provider value={shared}>
      <Header session={session} view={place.view} live={live} onLive={setLive} />
      <main>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        <div role="status" class={said === undefined ? "" : `notice ${said.kind}`}>
          {said?.message}
        </div>
        {view.show(place)}
      </main>
      <footer class="quiet small">{session.adapter} · times in your zone, by the clock of the store · Longshore</footer>
    </SharedContext.Provider>
  );
}

type HeaderProps = {
  readonly session: Session;
  readonly view: string;
  readonly live: boolean;
  onLive(live: boolean): void;
};

function Header({ session, view, live, onLive }: HeaderProps): VNode {
  const { inspect, schedules } = session.can;
  const links = [
    ["", "Overview", true],
    ["jobs", "Jobs", inspect],
    ["dead", "Dead letters", inspect],
    ["schedules", "Schedules", schedules],
  ] as const;
  return (
    <header>
      <nav aria-label="Views">
        {links.map(
          ([name, label, possible]) =>
            possible && (
              <a key={name} href={linkTo(name)} aria-current={view === name ? "page" : undefined}>
                {label}
              </a>
            ),
        )}
      </nav>
      <div class="who">
        <label>
          <input type="checkbox" checked={live} onChange={({ currentTarget }) => onLive(currentTarget.checked)} /> Live
        </label>
        <span class="viewer">{session.viewer}</span>
        {!session.actions && <span class="tag">read only</span>}
      </div>
    </header>
  );
}
