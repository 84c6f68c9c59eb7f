const SHARED = { Object, Array, Function, String, Number, Boolean, RegExp, Error, Map, Promise, Date } as const;

/** What objects of the language inherit, as a list: whoever pollutes a prototype makes it longer. */
export function inherited(): readonly string[] {
  return Object.entries(SHARED).flatMap(([name, { prototype }]) =>
    Reflect.ownKeys(prototype).map((key) => `${name}.${String(key)}`),
  );
}
