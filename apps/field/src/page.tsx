import type { Outbox } from "@longshore/http/outbox";
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { onChange } from "./changes.ts";
import { Compose } from "./compose.tsx";
import { type Item, allItems } from "./items.ts";
import { ItemCard } from "./item-card.tsx";
import { SignIn } from "./sign-in.tsx";
import { isSignedIn } from "./session.ts";

type Shown = { readonly items: readonly Item[]; readonly away: string | undefined; readonly signedIn: boolean };

const MOST_SHOWN = 200;

export function Page({ outbox }: { readonly outbox: Outbox }): VNode {
  const shown = useShown(outbox);
  if (shown === undefined) return <main aria-busy="true" />;
  if (typeof shown === "string") {
    return (
      <main>
        <p class="empty">Nothing can be kept here. {shown}</p>
      </main>
    );
  }
  const { items, away, signedIn } = shown;
  return (
    <>
      <header>
        <div class="bar">
          <img src="/icon.svg" alt="" width="36" height="36" />
          <h1>Field notes</h1>
          <Connection away={away} />
        </div>
        <Figures items={items} />
      </header>
      <main>
        {!signedIn && <SignIn />}
        <Compose />
        {items.length === 0 ? (
          <p class="empty">Nothing yet. What you write or take is kept here first, and sent when there is a network.</p>
        ) : (
          <ul class="items">
            {items.slice(0, MOST_SHOWN).map((item) => (
              <ItemCard key={item.item} item={item} />
            ))}
          </ul>
        )}
      </main>
    </>
  );
}

/** Reads the list at each change, one reading at a time. A text says why it cannot be read. */
function useShown(outbox: Outbox): Shown | string | undefined {
  const [shown, show] = useState<Shown | string>();
  const reading = useRef(false);
  useEffect(() => {
    const read = async (): Promise<void> => {
      if (reading.current) return;
      reading.current = true;
      try {
        const [items, { away }, signedIn] = await Promise.all([allItems(), outbox.progress(), isSignedIn()]);
        show({ items, away, signedIn });
      } catch (error) {
        show(error instanceof Error ? error.message : "The browser gives this page no storage.");
      } finally {
        reading.current = false;
      }
    };
    void read();
    return onChange(() => void read());
  }, [outbox]);
  return shown;
}

function Connection({ away }: { readonly away: string | undefined }): VNode {
  if (!navigator.onLine) return <span class="pill off">No network</span>;
  if (away !== undefined) {
    return (
      <span class="pill away" title={away}>
        Server away, trying again
      </span>
    );
  }
  return <span class="pill on">Connected</span>;
}

function Figures({ items }: { readonly items: readonly Item[] }): VNode {
  const count = (...stages: readonly Item["stage"][]): number =>
    items.filter(({ stage }) => stages.includes(stage)).length;
  const delivered = count("delivered");
  return (
    <section class="figures" aria-label="Progress">
      <dl>
        <Figure name="kept here" value={items.length} id="kept" />
        <Figure name="being resized" value={count("resizing")} id="resizing" />
        <Figure name="to be sent" value={count("waiting", "sending")} id="waiting" />
        <Figure name="delivered" value={delivered} id="delivered" />
        <Figure name="refused" value={count("refused")} id="refused" />
      </dl>
      <progress max={Math.max(items.length, 1)} value={delivered} aria-label="Delivered" />
    </section>
  );
}

function Figure({ name, value, id }: { readonly name: string; readonly value: number; readonly id: string }): VNode {
  return (
    <div class={value === 0 ? "none" : ""}>
      <dd data-figure={id}>{value}</dd>
      <dt>{name}</dt>
    </div>
  );
}
