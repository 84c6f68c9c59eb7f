import type { VNode } from "preact";
import type { FiringRule } from "@longshore/signals";
import { When } from "./parts.tsx";

export function Alerts({ alerts, now }: { readonly alerts: readonly FiringRule[]; readonly now: number }): VNode {
  if (alerts.length === 0) return <p class="quiet">No alert fires.</p>;
  return (
    <ul class="alerts" aria-label="Alerts">
      {alerts.map(({ rule, severity, since }) => (
        <li key={rule} class={`notice ${severity === "critical" ? "bad" : "warn"}`}>
          <b>{rule}</b> fires, {severity}, since <When at={since} now={now} />
        </li>
      ))}
    </ul>
  );
}
