import type { VNode } from "preact";
import { STATES } from "./parts.tsx";
import { type Place, go, linkTo } from "./place.ts";

/** What the list shows; each choice is a link of its own. Enter applies what was typed. */
export function Filters({ asked }: { readonly asked: Place["asked"] }): VNode {
  const apply = (event: Event): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement; // it is its listener
    const wanted = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
    const { id, ...rest } = wanted;
    go(id ? linkTo("job", id) : linkTo("jobs", "", rest));
  };
  const field = (name: string, label: string, hint: string): VNode => (
    <label>
      {label}
      <input key={asked[name]} name={name} defaultValue={asked[name] ?? ""} placeholder={hint} autocomplete="off" />
    </label>
  );
  return (
    <form class="filters" onSubmit={apply} aria-label="Filter jobs">
      <label>
        State
        <select name="state" key={asked["state"]} onChange={({ currentTarget }) => currentTarget.form?.requestSubmit()}>
          <option value="">all</option>
          {STATES.map((state) => (
            <option key={state} value={state} selected={asked["state"] === state}>
              {state}
            </option>
          ))}
        </select>
      </label>
      {field("queue", "Queue", "all")}
      {field("name", "Name", "all")}
      {field("metadata", "Metadata", "user_id=42")}
      {field("error", "Error contains", "timeout")}
      {field("id", "Id", "goes to the job")}
      <label>
        Order
        <select name="order" key={asked["order"]} onChange={({ currentTarget }) => currentTarget.form?.requestSubmit()}>
          <option value="">by id, last first</option>
          <option value="oldest" selected={asked["order"] === "oldest"}>
            by id, first first
          </option>
        </select>
      </label>
      <div class="buttons">
        <button type="submit" class="main">
          Filter
        </button>
        <a href={linkTo("jobs")}>Clear</a>
      </div>
    </form>
  );
}
