import { signal } from "@preact/signals";

/** What the address says: a page and its state, as in `#/posterior?model=mnist&problem=inpaint-box`. */
export interface Route {
  /** The page's path; empty where the address names none. */
  readonly path: string;
  readonly state: URLSearchParams;
}

/** Reads the hash of an address. */
export function parseHash(hash: string): Route {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  return { path, state: new URLSearchParams(query) };
}

/** The hash that names a page and its state. */
export function hashOf(path: string, state: URLSearchParams = new URLSearchParams()): string {
  const query = state.toString();
  return `#/${path}${query === "" ? "" : `?${query}`}`;
}

/** Where the reader is. It follows links and the browser's buttons, not `keepInAddress`. */
export const route = signal(parseHash(location.hash));

addEventListener("hashchange", () => {
  route.value = parseHash(location.hash);
});

// Browsers refuse to rewrite the address more than about ten times a second.
const restMs = 250;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Writes a page's state into the address once it stops changing, so that the address can be shared. Adds no history entry. */
export function keepInAddress(path: string, state: URLSearchParams): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (parseHash(location.hash).path === path || route.value.path === "")
      history.replaceState(null, "", hashOf(path, state));
  }, restMs);
}
