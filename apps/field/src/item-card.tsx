import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { changed } from "./changes.ts";
import type { Item, Stage } from "./items.ts";
import { queue } from "./local.ts";
import { read } from "./records.ts";

const SAID: Readonly<Record<Stage, string>> = {
  resizing: "Resizing",
  waiting: "Waiting",
  sending: "Sending",
  delivered: "Delivered",
  refused: "Refused",
};

export function ItemCard({ item }: { readonly item: Item }): VNode {
  const { kind, stage, text, takenAt, reason, job } = item;
  const again = async (): Promise<void> => {
    await queue.replay(job);
    changed();
  };
  return (
    <li class={`item ${kind}`} data-item={item.item} data-stage={stage}>
      {kind === "photo" ? <Thumbnail item={item} /> : <span class="mark" aria-hidden="true" />}
      <div class="text">
        <p>{text}</p>
        <small>
          <time>
            {new Date(takenAt).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" })}
          </time>
          {reason !== undefined && stage !== "delivered" && <span class="reason"> · {reason}</span>}
        </small>
      </div>
      <span class={`stage ${stage}`}>{SAID[stage]}</span>
      {stage === "refused" && (
        <button type="button" class="quiet" onClick={() => void again()}>
          Try again
        </button>
      )}
    </li>
  );
}

/** Shown once there is a small copy: a browser is slow with a hundred large pictures. */
function Thumbnail({ item: { item, stage, text } }: { readonly item: Item }): VNode {
  const [url, setUrl] = useState<string>();
  const isSmall = stage !== "resizing" && stage !== "refused";
  useEffect(() => {
    if (!isSmall) return undefined;
    let made: string | undefined;
    let isGone = false;
    void read<Blob>("photos", item).then((photo) => {
      if (photo === undefined || isGone) return;
      made = URL.createObjectURL(photo);
      setUrl(made);
    });
    return () => {
      isGone = true;
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, [item, isSmall]);
  return url === undefined ? <span class="thumbnail" /> : <img class="thumbnail" src={url} alt={text} loading="lazy" />;
}
