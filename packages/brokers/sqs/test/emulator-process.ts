import { buildApp } from "fauxqs";

// The emulator, in a process of its own because its clock is the test's: each request says what time it is.
const real = Date.now;
let now: number | undefined;
Date.now = () => now ?? real();

const app = buildApp({ logger: false, host: "127.0.0.1" });
app.addHook("onRequest", async ({ headers }) => {
  const { "x-now": told } = headers;
  if (told !== undefined) now = Number(told);
});
console.log(await app.listen({ port: 0, host: "127.0.0.1" }));
