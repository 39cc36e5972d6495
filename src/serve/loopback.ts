import { isIPv4 } from "node:net";

/** Whether a host's name or address, as in a URL or not, is that of this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || (isIPv4(host) && host.startsWith("127."));
}
