import { defineConfig } from "vitepress";
import { addressOf, sections } from "../contents.ts";

export default defineConfig({
  title: "Longshore",
  description: "A job queue for Workers, browsers, Node, Deno and Bun.",
  srcDir: "generated",
  outDir: "dist",
  lastUpdated: false,
  themeConfig: {
    search: { provider: "local" },
    nav: [
      { text: "Guide", link: "/" },
      { text: "API", link: "/api/" },
    ],
    sidebar: [
      ...sections.map(({ title, pages }) => ({
        text: title,
        collapsed: false,
        items: pages.map(([file, text]) => ({ text, link: `/${addressOf(file)}`.replace(/\/index$/, "/") })),
      })),
      { text: "API reference", link: "/api/" },
    ],
    outline: [2, 3],
  },
});
