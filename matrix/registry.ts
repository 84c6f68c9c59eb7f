import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { publishable } from "../scripts/tarballs.ts";
import { output, root } from "./outside.ts";

/** A registry on loopback that has the tarballs and nothing else, as if they were published. */
export async function serveTarballs(
  files: readonly string[],
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server: Server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`; // it listens on a port
  const bytes = new Map(files.map((file, i) => [`/${i}.tgz`, readFileSync(file)]));
  const documents = new Map<string, string>();
  for (const [i, file] of files.entries()) {
    const text = await output("tar", ["--extract", "--to-stdout", "--file", file, "package/package.json"], {
      cwd: root,
    });
    const manifest = JSON.parse(text) as { readonly version: string }; // ours
    const { name = "" } = publishable[i] ?? {};
    const integrity = `sha512-${createHash("sha512")
      .update(bytes.get(`/${i}.tgz`) ?? "")
      .digest("base64")}`;
    const version = { ...manifest, dist: { tarball: `${url}${i}.tgz`, integrity } };
    const document = {
      name,
      "dist-tags": { latest: manifest.version },
      versions: { [manifest.version]: version },
    };
    documents.set(`/${name}`, JSON.stringify(document));
  }
  server.on("request", (request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    const found = documents.get(path) ?? bytes.get(path);
    response.writeHead(found === undefined ? 404 : 200).end(found);
  });
  return {
    url,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
