import { readdirSync } from "node:fs";
import { basename, resolve } from "node:path";
import { refusal } from "./refusal.ts";

/** Where a project goes, and what it is called. */
export type Target = { readonly folder: string; readonly name: string };

/** What npm and Cloudflare both take as a name. */
const NAME = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** What may already be in the folder: a repository that was made first. */
const HARMLESS: readonly string[] = [".git", ".DS_Store"];

/** Refuses a folder that has something in it, and a name that cannot be a package's. */
export function targetOf(given: string, cwd: string): Target {
  const folder = resolve(cwd, given);
  const name = basename(folder);
  if (!NAME.test(name))
    throw refusal(
      `A project cannot be called "${name}": its folder's name must have 1 to 63 characters, of a-z, 0-9 and "-", ` +
        `begin with a letter and not end with "-". Try another one, such as my-app.`,
    );
  const there = contentsOf(folder).filter((entry) => !HARMLESS.includes(entry));
  const [first] = there;
  if (first !== undefined)
    throw refusal(
      `${folder} is not empty: it has ${first}${there.length > 1 ? ` and ${there.length - 1} more` : ""}. ` +
        "Choose a folder that is new or empty; nothing was written.",
    );
  return { folder, name };
}

function contentsOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = Object(error) as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    if (code === "ENOTDIR") throw refusal(`${folder} is a file, or is inside of one. Choose another folder.`);
    throw refusal(`${folder} cannot be read (${code ?? String(error)}). Choose another folder.`);
  }
}
