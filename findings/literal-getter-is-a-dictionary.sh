#!/bin/sh
# One would guess: `{ get size() { … }, first() { … } }` costs what `{ size() { … }, first() { … } }` costs: a getter is a method
# that is called without parentheses, and V8 inlines both.
# What V8 does in Node.js 18.20.8, 20.20.2, 22.23.3 and 25.9.0: an object literal with one getter is a dictionary from its birth,
# although it is never changed, so every property of it, its methods too, is looked up by hash at each use. The same getter on a
# class, or added by Object.defineProperty, leaves the object fast. A list whose length was a getter made each claim of a queue in
# memory half as slow again. Exits non-zero once that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >getter.js <<'JS'
const byGetter = { first: () => 1, get size() { return 1; } };
const byMethod = { first: () => 1, size() { return 1; } };
const byClass = new (class { get size() { return 1; } })();
const defined = Object.defineProperty({ first: () => 1 }, "size", { get: () => 1 });
const isFast = [byGetter, byMethod, byClass, defined].map((object) => %HasFastProperties(object));
console.log(process.version, "fast by getter, method, class, defineProperty:", ...isFast);
process.exit(isFast.join() === "false,true,true,true" ? 0 : 1);
JS
npm init -y >/dev/null
npm install --silent --no-audit --no-fund old@npm:node@18.20.8 lts@npm:node@20.20.2 next@npm:node@22.23.3 last@npm:node@25.9.0
for name in old lts next last; do
  "node_modules/$name/bin/node" --allow-natives-syntax getter.js
done
