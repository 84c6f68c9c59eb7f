import { type Plugin, defineConfig } from "vite";

/** Tells the service worker, which stands at a path of its own, what the page consists of. */
const listed: Plugin = {
  name: "list-files",
  enforce: "post",
  generateBundle(_, bundle) {
    const files = Object.keys(bundle).filter((name) => name !== "sw.js");
    for (const output of Object.values(bundle)) {
      if (output.type === "chunk" && output.fileName === "sw.js") {
        output.code = output.code.replace(/["'`]FILES["'`]/, () => JSON.stringify(JSON.stringify(files)));
      }
    }
  },
};

export default defineConfig({
  plugins: [listed],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
  build: {
    target: "es2022",
    rolldownOptions: {
      input: { index: "index.html", sw: "src/sw.ts" },
      output: { entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
  // `pnpm dev` in the root serves apps/edge there.
  server: { proxy: { "/field": "http://localhost:8787" } },
});
