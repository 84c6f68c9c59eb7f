import { describe, expect, test } from "vitest";
import { destination } from "../src/destination.ts";

const answer = (text: string, loopback = false): string => {
  try {
    return destination("It", text, { loopback }).href;
  } catch (error) {
    return error instanceof Error ? `refused: ${error.message}` : "?";
  }
};

test.each(["https://hooks.example.com/github", "https://example.com:443/", "https://xn--bcher-kva.example.com/?a=b"])(
  "%s is a destination",
  (url) => {
    expect(answer(url)).toBe(new URL(url).href);
  },
);

describe("X49: what could lead inside is refused", () => {
  test.each([
    // other schemes and ports
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/plain,a",
    "https://example.com:8443/",
    "https://example.com:22/",
    // credentials
    "https://user:pass@example.com/",
    "https://user@example.com/",
    "https://@127.0.0.1/",
    // this machine, in every way to write it
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://a.localhost/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.0.1./",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://①②⑦.0.0.1/",
    "https://0.0.0.0/",
    "https://0/",
    "https://[::1]/",
    "https://[::]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    // private and link-local networks, cloud metadata
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/",
    "https://[fe80::1]/",
    "https://[fd00:ec2::254]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://metadata.google.internal/",
    "https://metadata.google.internal./",
    "https://router.lan/",
    "https://printer.local/",
    "https://db/",
    "https://db./",
    // public addresses too: a name is what certificates are for
    "https://8.8.8.8/",
    "https://[2606:4700:4700::1111]/",
    // nothing at all
    "",
    "example.com",
    "//example.com/",
    "https://",
    "https://exa mple.com/",
  ])("%s", (url) => {
    expect(answer(url)).toMatch(/^refused: /);
  });
});

test("a refusal does not quote the address", () => {
  expect(answer("https://user:pass@example.com/?key=secret")).toBe("refused: It must not hold credentials.");
});

test("the development switch opens this machine and nothing else", () => {
  for (const url of ["http://127.0.0.1:8080/a", "http://localhost:1/", "http://[::1]:8080/", "http://2130706433/"]) {
    expect(answer(url, true)).toBe(new URL(url).href);
  }
  for (const url of [
    "http://10.0.0.1/",
    "http://169.254.169.254/",
    "http://0.0.0.0/",
    "http://example.com/",
    "file:///a",
    "http://user@localhost/",
  ]) {
    expect(answer(url, true)).toMatch(/^refused: /);
  }
});
