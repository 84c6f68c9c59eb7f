import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { changed } from "./changes.ts";
import { signIn } from "./session.ts";

/** Notes can be kept without it; only sending waits for it. */
export function SignIn(): VNode {
  const [code, setCode] = useState("");
  const [wrong, setWrong] = useState<string>();
  const onSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setWrong(await signIn(code.trim()));
    changed();
  };
  return (
    <form class="sign-in" onSubmit={(event) => void onSubmit(event)}>
      <label>
        Access code
        <input
          type="password"
          autocomplete="current-password"
          value={code}
          onInput={({ currentTarget }) => setCode(currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={code.trim() === ""}>
        Sign in
      </button>
      <p role="alert">{wrong ?? "You can write before you sign in; sending waits for it."}</p>
    </form>
  );
}
