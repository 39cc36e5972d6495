import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../platform/node/index.js";

/** A file of the page for trying the service. */
export interface PageFile {
  path: string;
  type: string;
  content: Buffer;
}

/** The page's policy: nothing from another site, and no inline script. */
export const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Reads the page's files. */
export function readPage(): PageFile[] {
  const files = [
    ["/", "index.html", "text/html; charset=utf-8"],
    ["/page.css", "page.css", "text/css; charset=utf-8"],
    ["/page.js", "page.js", "text/javascript; charset=utf-8"],
  ] as const;
  const folder = join(packageFolder(), "assets", "service");
  return files.map(([path, file, type]) => ({ path, type, content: readFileSync(join(folder, file)) }));
}
