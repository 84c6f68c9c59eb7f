import { createQueue } from "@longshore/core";
import { type Manifest, http, manifestOf } from "@longshore/http";
import { describe, expect, test } from "vitest";
import { fieldNote, fieldPhoto } from "../src/field/jobs.ts";
import { MAX_PHOTO_BYTES } from "../src/field/routes.ts";
import { sendWelcomeEmail } from "../src/jobs.ts";
import { type Setting, configuredSettings, errorOf, operatorHeaders, setting } from "./setting.ts";

const bearing = (token: unknown): Record<string, string> => ({ authorization: `Bearer ${String(token)}` });

async function signIn(one: Setting): Promise<Record<string, string>> {
  const headers = bearing(configuredSettings.FIELD_TOKEN);
  const response = await one.request("/field/sessions", { method: "POST", headers });
  expect(response.status).toBe(201);
  return bearing(((await response.json()) as { token: string }).token);
}

/** The page's queue: over HTTP, with a token. */
function pageOf(one: Setting, headers: Record<string, string>) {
  const manifest = { ...manifestOf(one.store), interfaces: [] } as const satisfies Manifest;
  const fetch = (url: string, init?: RequestInit) => one.request(new URL(url).pathname, init);
  return createQueue(http({ url: "https://edge.example.com/field/jobs", manifest, headers, fetch }));
}

const note = { item: "note-1", text: "seen from the summit", takenAt: 1_700_000_000_000 };
const photo = { ...note, item: "photo-1", width: 800, height: 600 };
const itemsOf = async (one: Setting, headers: Record<string, string>): Promise<unknown> =>
  ((await (await one.request("/field/items", { headers })).json()) as { items: unknown }).items;

describe("a page that has signed in", () => {
  test("hands a note over, which is kept once however often it comes", async () => {
    const one = setting();
    const headers = await signIn(one);
    const page = pageOf(one, headers);
    expect((await page.enqueue(fieldNote, note)).status).toBe("created");
    expect((await page.enqueue(fieldNote, note)).status).toBe("duplicate");
    expect(await one.drain()).toMatchObject({ completed: 1 });
    expect(await itemsOf(one, headers)).toEqual([{ ...note, kind: "note", times: 1 }]);
  });

  test("hands a photo over after its bytes; before, its job is tried again", async () => {
    const one = setting();
    const headers = await signIn(one);
    await pageOf(one, headers).enqueue(fieldPhoto, photo);
    expect(await one.drain()).toMatchObject({ completed: 0, failed: 1 });
    const put = { method: "PUT", headers: { ...headers, "content-type": "image/jpeg" }, body: new Uint8Array(100) };
    expect((await one.request("/field/photos/photo-1", put)).status).toBe(204);
    await one.services.queue.runNow("field-photo:photo-1");
    expect(await one.drain()).toMatchObject({ completed: 1 });
    expect(await itemsOf(one, headers)).toMatchObject([{ item: "photo-1", kind: "photo", times: 1 }]);
  });

  test("may do nothing else", async () => {
    const one = setting();
    const headers = await signIn(one);
    const mail = pageOf(one, headers).enqueue(sendWelcomeEmail, { userId: "1", email: "user@example.com" });
    await expect(mail).rejects.toMatchObject({ code: "forbidden" });
    for (const verb of ["get", "list", "claim", "counts"]) {
      const init = { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: "[[]]" };
      expect([verb, (await one.request(`/field/jobs/${verb}`, init)).ok]).toEqual([verb, false]);
    }
    expect((await one.request("/jobs", { headers })).status).toBe(401);
  });
});

describe("the routes of the field refuse", () => {
  test("whoever has not signed in", async () => {
    const one = setting();
    for (const headers of [{}, bearing("x"), operatorHeaders, bearing(configuredSettings.FIELD_TOKEN)]) {
      expect((await one.request("/field/items", { headers })).status).toBe(401);
      expect(
        (await one.request("/field/photos/a", { method: "PUT", headers: { ...headers, "content-type": "image/jpeg" } }))
          .status,
      ).toBe(401);
      expect((await one.request("/field/jobs/enqueue", { method: "POST", headers, body: "[[]]" })).ok).toBe(false);
    }
    expect((await one.request("/field/sessions", { method: "POST", headers: bearing("wrong") })).status).toBe(401);
  });

  test("photos that are too large, of another type, or without a plain name", async () => {
    const one = setting();
    const headers = { ...(await signIn(one)), "content-type": "image/jpeg" };
    const put = (path: string, init: RequestInit) =>
      one.request(`/field/photos/${path}`, { method: "PUT", headers, ...init });
    expect((await put("a", { body: new Uint8Array(MAX_PHOTO_BYTES + 1) })).status).toBe(413);
    expect((await put("a", { body: "x", headers: { ...headers, "content-type": "text/html" } })).status).toBe(415);
    expect((await put("a%2Fb", { body: "x" })).status).toBe(400);
  });

  test("everybody while their secrets are missing", async () => {
    const { FIELD_TOKEN: _token, ...withoutToken } = configuredSettings;
    const { FIELD_SECRET: _secret, ...withoutSecret } = configuredSettings;
    const headers = bearing(configuredSettings.FIELD_TOKEN);
    const closed = await setting({ settings: withoutToken }).request("/field/sessions", { method: "POST", headers });
    expect([closed.status, await errorOf(closed)]).toEqual([503, "FIELD_TOKEN is not configured"]);
    const unsigned = await setting({ settings: withoutSecret }).request("/field/sessions", { method: "POST", headers });
    expect([unsigned.status, await errorOf(unsigned)]).toEqual([503, "FIELD_SECRET is not configured"]);
    expect((await setting({ settings: withoutSecret }).request("/field/items", { headers })).status).toBe(503);
  });
});
