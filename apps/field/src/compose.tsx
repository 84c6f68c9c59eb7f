import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import { keepNote, keepPhoto } from "./items.ts";

/** Where notes are written and photos taken. Says that something is kept only once it is on disk. */
export function Compose(): VNode {
  const [text, setText] = useState("");
  const [said, say] = useState("");
  const files = useRef<HTMLInputElement>(null);

  const keep = async (what: string, keeping: () => Promise<void>): Promise<void> => {
    try {
      await keeping();
      say(`${what} kept on this device.`);
    } catch (error) {
      say(`Not kept: ${error instanceof Error ? error.message : "the browser refused it"}`);
    }
  };
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    const note = text.trim();
    if (note === "") return;
    setText("");
    void keep("Note", () => keepNote(note));
  };
  const onPhotos = (): void => {
    const chosen = [...(files.current?.files ?? [])];
    if (files.current) files.current.value = "";
    void keep(chosen.length === 1 ? "Photo" : `${chosen.length} photos`, async () => {
      for (const file of chosen) await keepPhoto(file);
    });
  };
  return (
    <form class="compose" onSubmit={onSubmit}>
      <textarea
        aria-label="Note"
        placeholder="What do you see?"
        rows={3}
        maxLength={20_000}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      <div class="actions">
        <label class="button quiet">
          Add photos
          <input ref={files} type="file" accept="image/*" multiple onChange={onPhotos} />
        </label>
        <output aria-live="polite">{said}</output>
        <button type="submit" disabled={text.trim() === ""}>
          Keep note
        </button>
      </div>
    </form>
  );
}
