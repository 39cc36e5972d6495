import { type FastifyRequest } from "fastify";
import { isLoopback } from "./loopback.js";
import { RequestError } from "./request-error.js";

/**
 * A page of another site may not use a service that its visitor's browser reaches.
 *
 * @throws RequestError if the request comes from such a page
 * @param local whether the service's own pages have this machine's names only
 */
export function requireOwnOrigin({ headers: { origin, host = "" } }: FastifyRequest, local: boolean): void {
  const named = (url: string): URL | undefined => (URL.canParse(url) ? new URL(url) : undefined);
  const own = named(`http://${host}`);
  // Browsers send no Origin with the requests of a page for what lies on its own host.
  const isOwn = origin === undefined || named(origin)?.host === host;
  if (isOwn && (!local || host === "" || (own !== undefined && isLoopback(own.hostname)))) return;
  throw new RequestError(
    403,
    "requests from pages of other sites are rejected: use the service's own page or a program",
  );
}
