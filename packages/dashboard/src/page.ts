import { script, style, version } from "./assets.ts";
import { respond } from "./reply.ts";

/** The text in it is seen until the script runs, and so wherever it cannot be found. */
const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Jobs</title>
<link rel="icon" href="icon.svg?${version}" type="image/svg+xml">
<link rel="stylesheet" href="app.css?${version}">
<script type="module" src="app.js?${version}"></script>
</head>
<body>
<div id="page"><p>Loading. If this stays, JavaScript is off, or the address needs a slash at its end.</p></div>
</body>
</html>
`;

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#12495c"/><path d="M7 21h18l-3 5H10zM9 12h6v7H9zM17 12h6v7h-6zM13 4h6v6h-6z" fill="#fff"/></svg>`;

const LONG = { "cache-control": "private, max-age=31536000, immutable" };

/** The files of the page, by the last segment of their path. */
export const files: Readonly<Record<string, () => Response>> = {
  "": () => respond(HTML, "text/html; charset=utf-8"),
  "app.js": () => respond(script, "text/javascript; charset=utf-8", LONG),
  "app.css": () => respond(style, "text/css; charset=utf-8", LONG),
  "icon.svg": () => respond(ICON, "image/svg+xml", LONG),
};
