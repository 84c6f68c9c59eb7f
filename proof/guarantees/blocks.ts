import { cases } from "@longshore/conformance";
import { INVARIANTS } from "@longshore/simulator";
import { ALERT_INVARIANTS } from "../alerts/invariants.ts";
import { saboteurs } from "../saboteurs/index.ts";
import { faults, withoutFeature } from "../faults.ts";
import { STORES, type StoreName, sabotages } from "../kills/sabotages.ts";
import { mutants } from "../mutants/registry.ts";
import { heldBy } from "./code.ts";
import type { FigureName } from "./judged.ts";
import { COMMANDS } from "./measure.ts";
import type { KillFigures, Results } from "./results.ts";
import { staleNames } from "./stale.ts";

/** Shown instead of a figure of code that has changed since. */
const WITHHELD = "not measured since the code changed";

/** The generated parts of the document, by the names in their marks. `stale`: the results that are withheld. */
const blocks: Readonly<Record<string, (results: Results, stale: readonly string[]) => string>> = {
  figures({ sim, places, saboteurs: broken, mutants: hunted, kills }, stale) {
    const rowsOf = rowsUnless(stale);
    const injected = Object.values(sim.faults).reduce((sum, count) => sum + count, 0);
    return table(
      ["what", "figure", "command", "commit"],
      [
        ...rowsOf("sim", sim.commit, [
          ["simulated histories", number(sim.histories)],
          ["events in each", number(sim.eventsPerHistory)],
          ["histories per second of one core", number(sim.historiesPerSecond)],
          ["faults injected", number(injected)],
          ["broken invariants", number(sim.violations)],
          ["lost, unexpected", `${number(sim.lost)}, ${number(sim.unexpected)}`],
          ["duplicated, recovered", `${number(sim.duplicated)}, ${number(sim.recovered)}`],
        ]),
        ...rowsOf(
          "places",
          places.commit,
          places.modes.map(({ mode, places: count, runs, violations }) => [
            mode,
            `${number(count)} places, ${number(runs)} runs, ${number(violations)} broken`,
          ]),
        ),
        ...rowsOf("saboteurs", broken.commit, [
          [
            "stores broken on purpose that thirty histories find",
            `${Object.keys(broken.found).length} of ${Object.keys(broken.found).length + broken.missed.length}`,
          ],
        ]),
        ...rowsOf("mutants", hunted.commit, [["mutants killed", `${hunted.killed} of ${hunted.mutants}`]]),
        ...STORES.flatMap((store) => killRows(store, kills[store], rowsOf)),
        [
          "cases of the suite; adapters broken on purpose, all caught",
          `${cases.length}; ${saboteurs.length}`,
          "`pnpm test`",
          "",
        ],
      ],
    );
  },

  invariants: () =>
    Object.entries({ ...INVARIANTS, ...ALERT_INVARIANTS })
      .map(([id, invariant]) => `- **${id}**: ${invariant}`)
      .join("\n"),

  mistakes({ mutants: { matrix, killed, mutants: count, commit }, sabotages: sabotaged }, stale) {
    const hunted = !stale.includes("mutants");
    const killers = [...new Set(matrix.map(({ killer }) => killer))];
    const caught = killers.map((killer) => [killer, `${matrix.filter((one) => one.killer === killer).length}`]);
    const found = STORES.map((store) => {
      const name: FigureName = `sabotages-${store}`;
      const rows = Object.entries(sabotages[store]).map(([one, { what }]) => {
        const figures = sabotaged[store]?.[one];
        if (stale.includes(name)) return [`\`${one}\``, what, WITHHELD, ""];
        return [`\`${one}\``, what, figures === undefined ? "" : complaint(figures), figures?.commit ?? ""];
      });
      const head = ["sabotage", "what is broken", "what the loop finds", "commit"];
      return `Sabotages of the kill loop over ${store} (\`pnpm ${COMMANDS[name]} NAME\`):\n\n${table(head, rows)}`;
    });
    return [
      ...(hunted
        ? [
            `Mutants (\`pnpm ${COMMANDS.mutants}\`, commit ${commit}): ${killed} of ${count} killed, first noticed by`,
            table(["killer", "mutants"], caught),
          ]
        : [`Mutants (\`pnpm ${COMMANDS.mutants}\`): ${mutants.length}; ${WITHHELD}.`]),
      ...found,
    ].join("\n\n");
  },

  bugs({ mutants: { matrix } }, stale) {
    const hunted = !stale.includes("mutants");
    return faults
      .map(({ id, title, wentWrong, sources }) => {
        const ours = mutants.filter(({ fault }) => fault === id);
        const told = ours.map((mutant) => {
          const caught = matrix.find((one) => one.mutant === mutant.id);
          if (!hunted) return `  - ${mutant.what}`;
          return `  - ${mutant.what} Noticed by ${caught === undefined ? "nobody" : `the ${caught.killer}: ${caught.by}`}.`;
        });
        // If no single change of our code brings the bug back, the tests that name it are shown.
        const held = ours.length > 0 ? [] : heldBy(id).map((title) => `  - Held by "${withoutIds(title)}".`);
        return [
          `- **${id}, ${title}${title.endsWith("?") ? "" : "."}** ${wentWrong} (${sources.map(link).join(", ")})`,
          ...told,
          ...held,
        ].join("\n");
      })
      .join("\n");
  },

  missing: () => withoutFeature.map(({ ids, without }) => `- ${ids.join(", ")}: ${without}`).join("\n"),
};

const MARK = (name: string): RegExp => new RegExp(`(<!-- ${name}:.*?-->\n).*?(<!-- /${name} -->)`, "s");

/** The document with its blocks as they should be. */
export function written(document: string, results: Results): string {
  const stale = staleNames(results);
  return Object.entries(blocks).reduce((text, [name, block]) => {
    const mark = MARK(name);
    if (!mark.test(text)) throw new Error(`the document has no marks for its ${name}`);
    return text.replace(mark, (_, open, close) => `${open}\n${block(results, stale)}\n\n${close}`);
  }, document);
}

type Cells = readonly string[];

function table(head: Cells, rows: readonly Cells[]): string {
  const line = (cells: Cells): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A title that names bugs, as in `the table (F51),`, without their ids and the comma that a group's title ends with. */
function withoutIds(title: string): string {
  return title.replace(/ \((?:F\d+(?:, )?)+\)/, "").replace(/,$/, "");
}

type RowsOf = ReturnType<typeof rowsUnless>;

/** Rows of one command; stale figures are withheld. */
function rowsUnless(stale: readonly string[]) {
  return (name: FigureName, commit: string, figures: readonly (readonly [string, string])[]): readonly Cells[] => {
    const withheld = stale.includes(name);
    const cells = [`\`pnpm ${COMMANDS[name]}\``, withheld ? "" : commit];
    return figures.map(([what, figure]) => [what, withheld ? WITHHELD : figure, ...cells]);
  };
}

/** What the rows about a store begin with. */
const KILLED: Readonly<Record<StoreName, string>> = {
  "durable-objects": "SIGKILLs to workerd",
  postgres: "SIGKILLs to processes that work with PostgreSQL",
  rabbitmq: "SIGKILLs to processes that consume from RabbitMQ",
  redis: "SIGKILLs to processes that work with Redis",
  sqlite: "SIGKILLs to processes that share a SQLite file",
};

function killRows(store: StoreName, figures: KillFigures | undefined, rowsOf: RowsOf): readonly Cells[] {
  const name: FigureName = `kills-${store}`;
  if (figures === undefined) return rowsOf(name, "", [[KILLED[store], ""]]);
  const { kills, server, recoveryMs, restartMs, leaseMs } = figures;
  return rowsOf(name, figures.commit, [
    [KILLED[store], number(kills)],
    ...(server === undefined
      ? []
      : [["to its server; immediate restarts", `${number(server.kills)}; ${number(server.restarts)}`] as const]),
    ["attempted, acknowledged", `${number(figures.attempted)}, ${number(figures.acknowledged)}`],
    ["lost, unexpected", `${number(figures.lost)}, ${number(figures.unexpected)}`],
    ["duplicated, recovered", `${number(figures.duplicated)}, ${number(figures.recovered)}`],
    ["restart, p50 / p95 / max", spread(restartMs)],
    [
      `a job runs again${leaseMs === undefined ? "" : ` (lease ${number(leaseMs)} ms)`}, p50 / p95 / max`,
      spread(recoveryMs),
    ],
  ]);
}

const number = (value: number): string => value.toLocaleString("en-US");

const spread = ({ p50, p95, max }: KillFigures["recoveryMs"]): string =>
  `${[p50, p95, max].map(number).join(" / ")} ms`;

/** What the kill loop found after a sabotage. */
function complaint({ problems, asleep = 0 }: KillFigures): string {
  const wrong = Object.entries({ ...problems, asleep }).filter(([, count]) => count > 0);
  return wrong.map(([what, count]) => `${what} ${number(count)}`).join(", ");
}

function link(source: string): string {
  const [, place, issue] = /^([\w.-]+\/[\w.-]+)#(\d+)$/.exec(source) ?? [];
  return place === undefined ? source : `[${place}#${issue}](https://github.com/${place}/issues/${issue})`;
}
