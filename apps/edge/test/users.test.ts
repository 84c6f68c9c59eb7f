import { expect, test } from "vitest";
import { type Setting, configuredSettings, errorOf, setting } from "./setting.ts";

const headers = { authorization: `Bearer ${configuredSettings.USERS_TOKEN}`, "content-type": "application/json" };
const user = { id: 42, email: "somebody@example.com", name: "Somebody" };

const sign = (one: Setting, body: unknown) =>
  one.request("/users", { method: "POST", headers, body: typeof body === "string" ? body : JSON.stringify(body) });

test("who signs up gets one welcome email, however often it is asked for", async () => {
  const one = setting();
  const first = await sign(one, user);
  expect([first.status, await first.json()]).toEqual([202, { id: "send-welcome-email:user:42", status: "created" }]);
  expect((await sign(one, user)).status).toBe(200);
  await one.drain();
  expect(await (await sign(one, user)).json()).toMatchObject({ status: "duplicate", state: "completed" });
  await one.drain();
  const [mail, ...more] = one.sent;
  expect(more).toEqual([]);
  expect(mail?.url).toBe(configuredSettings.MAIL_API_URL);
  expect(mail?.headers.get("authorization")).toBe(`Bearer ${configuredSettings.MAIL_API_TOKEN}`);
  expect(mail?.headers.get("idempotency-key")).toBe("send-welcome-email:user:42");
  expect(JSON.parse(mail?.body ?? "")).toEqual({
    from: "app@example.com",
    to: user.email,
    subject: "Welcome",
    text: "Hello Somebody,\n\nyour account is ready.\n",
  });
});

test("X48: no log line names the person or a token", async () => {
  const one = setting({ answer: () => new Response("", { status: 500 }) });
  await sign(one, user);
  await one.drain();
  expect(one.lines.join()).toContain('"user_id":"42"');
  expect(one.lines.join()).not.toMatch(/somebody|of-the-tests/i);
});

test.each([
  ["", 400],
  ["null", 400],
  ["[]", 400],
  ['"str"', 400],
  [{}, 400],
  [{ ...user, id: 0 }, 400],
  [{ ...user, id: -1 }, 400],
  [{ ...user, id: 1.5 }, 400],
  [{ ...user, id: "a b" }, 400],
  [{ ...user, id: { valueOf: "x" } }, 400],
  ['{"id":1e400,"email":"a@example.com"}', 400],
  ['{"id":9007199254740993,"email":"a@example.com"}', 400],
  [{ ...user, email: "nobody" }, 400],
  [{ ...user, email: ["a@example.com"] }, 400],
  [{ ...user, email: "a@example.com\r\nBcc: b@example.com" }, 400],
  [{ ...user, name: "" }, 400],
  [{ ...user, name: "n".repeat(101) }, 400],
  [{ ...user, role: "admin" }, 400],
  ['{"id":42,"email":"a@example.com","__proto__":{"admin":true}}', 400],
  [{ ...user, name: "n".repeat(20_000) }, 413],
])("X16, X18, X23, X25: the body %j is refused", async (body, status) => {
  const one = setting();
  const response = await sign(one, body);
  expect(response.status).toBe(status);
  expect((await one.services.queue.list()).jobs).toEqual([]);
});

test("a refusal does not repeat what was sent", async () => {
  const response = await sign(setting(), { ...user, email: "secret-address" });
  expect(await response.text()).not.toContain("secret-address");
});

test("it is no relay for spam: the token is needed, and without one it is closed", async () => {
  const one = setting();
  for (const authorization of ["", "Bearer wrong", `Bearer ${configuredSettings.OPERATOR_TOKEN}`]) {
    const init = { method: "POST", headers: { ...headers, authorization }, body: JSON.stringify(user) };
    expect((await one.request("/users", init)).status).toBe(401);
  }
  const closed = setting({ settings: { ...configuredSettings, USERS_TOKEN: "" } });
  expect(await errorOf(await sign(closed, user))).toBe("USERS_TOKEN is not configured");
  const mute = setting({ settings: { ...configuredSettings, MAIL_API_URL: "" } });
  expect(await errorOf(await sign(mute, user))).toBe("the mail API is not configured");
});

test("X06: text in another type than JSON is refused", async () => {
  const init = { method: "POST", headers: { ...headers, "content-type": "text/plain" }, body: JSON.stringify(user) };
  expect((await setting().request("/users", init)).status).toBe(415);
});

test("X49: mail goes to no private address, whatever the configuration says", async () => {
  const one = setting({ settings: { ...configuredSettings, MAIL_API_URL: "https://169.254.169.254/" } });
  await sign(one, user);
  await one.drain();
  expect(one.sent).toEqual([]);
});
