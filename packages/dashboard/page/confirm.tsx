import type { ComponentChildren, VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Asks before something happens. The browser keeps the keyboard inside, and Escape closes it. */
export function Confirm({
  title,
  yes,
  danger = false,
  children,
  onAnswer,
}: {
  readonly title: string;
  readonly yes: string;
  readonly danger?: boolean;
  readonly children?: ComponentChildren;
  onAnswer(agreed: boolean): void;
}): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="asked" onClose={() => onAnswer(false)}>
      <h2 id="asked">{title}</h2>
      {children}
      <div class="buttons">
        <button type="button" onClick={() => onAnswer(false)}>
          Keep as it is
        </button>
        <button type="button" class={danger ? "danger" : "main"} onClick={() => onAnswer(true)}>
          {yes}
        </button>
      </div>
    </dialog>
  );
}
