import { useEffect, useState } from "preact/hooks";

/**
 * Where the page is: a path and a query in the fragment of its address, so that every view has a link, the browser's back
 * works, and the handler needs to know no path.
 */
export type Place = { readonly view: string; readonly of: string; readonly asked: Readonly<Record<string, string>> };

function placeOf(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [view = "", ...rest] = path.split("/");
  return { view, of: decoded(rest.join("/")), asked: Object.fromEntries(new URLSearchParams(query)) };
}

type Query = Readonly<Record<string, string | undefined>>;

/** The link to a view; what is undefined or empty is left out. */
export function linkTo(view: string, of = "", asked: Query = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) if (value !== undefined && value !== "") query.set(name, value);
  // Half a character, as another program may have written it, has no form in an address.
  const path = of === "" ? view : `${view}/${encodeURIComponent(of.replaceAll(/\p{Surrogate}/gu, "\ufffd"))}`;
  return `#/${path}${query.size > 0 ? `?${query}` : ""}`;
}

export function go(link: string): void {
  location.hash = link;
}

export function usePlace(): Place {
  const [hash, set] = useState(location.hash);
  useEffect(() => {
    const changed = (): void => set(location.hash);
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return placeOf(hash);
}

/** A link that somebody cut may end within an escape. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
