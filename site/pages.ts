import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { addressOf, sections } from "./contents.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
/** What is on no page of the site is read where the code is. */
const REPOSITORY = "https://github.com/longshore/longshore/blob/main/";
const PICTURES = "docs/pictures/";
/** A link of Markdown to a file, with its anchor: `](../docs/jobs.md#ids)`. */
const LINK = /\]\((?!https?:|mailto:|#)([^)#\s]+)(#[^)\s]*)?\)/g;

export type Page = { readonly address: string; readonly title: string; readonly text: string };

/** All pages as the site has them. Fails if one of them links to a file that is not there. */
export function readPages(): readonly Page[] {
  const titled = [...sections.flatMap(({ pages }) => pages), ...decisions()];
  const addresses = new Map(titled.map(([file]) => [file, addressOf(file)]));
  return titled.map(([file, title]) => {
    const text = readFileSync(join(root, file), "utf8").replace(LINK, (_link, target: string, anchor = "") => {
      const path = normalize(join(dirname(file), target));
      if (!existsSync(join(root, path))) throw new Error(`${file} links to ${target}, which is not there`);
      if (path.startsWith(PICTURES)) return `](${path.slice("docs".length)})`;
      const address = addresses.get(path);
      return address === undefined ? `](${REPOSITORY}${path}${anchor})` : `](/${address}${anchor})`;
    });
    return { address: addressOf(file), title, text };
  });
}

/** Each decision is a page, which other pages link to; the list of contents has none. */
function decisions(): (readonly [string, string])[] {
  return readdirSync(join(root, "docs/decisions")).map((name) => [`docs/decisions/${name}`, name.slice(0, 4)]);
}

/** Writes the pages and the two files for assistants: what there is, and all of it. */
export function writePages(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  const pages = readPages();
  cpSync(join(root, PICTURES), join(folder, "public/pictures"), { recursive: true });
  for (const { address, text } of pages) write(folder, `${address}.md`, text);
  const listed = new Map(pages.map((page) => [page.address, page]));
  const lines = sections.flatMap(({ title, pages: of }) => [
    `\n## ${title}\n`,
    ...of.map(([file, name]) => `- [${name}](/${addressOf(file)}.html)`),
  ]);
  const all = sections.flatMap(({ pages: of }) => of.map(([file]) => listed.get(addressOf(file))?.text ?? ""));
  write(
    folder,
    "public/llms.txt",
    `# Longshore\n\n> A job queue for Workers, browsers, Node, Deno and Bun.\n${lines.join("\n")}\n`,
  );
  write(folder, "public/llms-full.txt", all.join("\n\n---\n\n"));
}

function write(folder: string, file: string, text: string): void {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
