/** Names that no public resolver knows, or that mean this machine or network. */
const PRIVATE_NAMES =
  /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|private|home\.arpa|test|invalid|onion)$/;
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

export type DestinationOptions = {
  /** For development: also allows http and this machine. */
  readonly loopback: boolean;
};

/**
 * Checks an address that we may send to: https on port 443 of a public name, without credentials. Numeric addresses are
 * always refused, because each way of writing a private one (decimal, octal, IPv6, IPv4 inside IPv6) would need its own
 * rule. The error says what is wrong with `what`, but does not quote the address, which may hold a token.
 *
 * A public name can still resolve to a private address. Cloudflare's own network does not route those; elsewhere,
 * resolve and check as well.
 */
export function destination(what: string, text: string, { loopback }: DestinationOptions): URL {
  const refuse = (why: string): never => {
    throw new Error(`${what} ${why}.`);
  };
  const url = URL.canParse(text) ? new URL(text) : refuse("is not a URL");
  if (url.username !== "" || url.password !== "") refuse("must not hold credentials");
  if (loopback && LOOPBACK.has(url.hostname) && /^https?:$/.test(url.protocol)) return url;
  if (url.protocol !== "https:") refuse("must begin with https://");
  if (url.port !== "") refuse("must be at port 443");
  // The URL parser turns every form of an IPv4 address into four decimal numbers.
  const host = url.hostname.replace(/\.$/, "");
  if (host.startsWith("[") || /^[\d.]+$/.test(host)) refuse("must have a name, not an address in digits");
  if (!host.includes(".") || PRIVATE_NAMES.test(host)) refuse("must be at a public name");
  return url;
}
