import { type Manifest, type ServedFile } from "../site/index.js";
import { unpack } from "./unpack.js";

const cacheName = "vfm-studio";

const types: Readonly<Record<string, string>> = { json: "application/json", wasm: "application/wasm" };

/** Called with the number of bytes that arrived, from the network or the cache. */
export type ByteListener = (bytes: number) => void;

/** A `fetch` for the files of a manifest: each is loaded once and kept for the next visit. */
export interface CachedFetch {
  fetch: typeof fetch;
  /** Calls the listener until the returned function is called. */
  listen(listener: ByteListener): () => void;
  /** Bytes that files have together: those of these paths, and those in these folders, which end in a slash. */
  size(paths: readonly string[]): number;
}

/**
 * Makes a `fetch` that keeps the manifest's files in the browser's cache, unpacks the compressed ones, and counts their
 * bytes. A file of the site that the manifest lacks is not requested: it does not exist. Other addresses pass through.
 *
 * @param site the site's folder
 */
export async function cachedFetch(site: string, { files }: Manifest): Promise<CachedFetch> {
  // The worker's own, before it is replaced.
  const network = globalThis.fetch.bind(globalThis);
  const listeners = new Set<ByteListener>();
  const cache = await openCache(site, files);
  const count = (bytes: number): void => listeners.forEach((listener) => listener(bytes));
  const load = async (path: string, file: ServedFile): Promise<Response> => {
    const key = keyOf(site, path, file);
    const kept = await cache?.match(key);
    if (kept !== undefined) {
      count(file.bytes);
      return kept;
    }
    const packed = file.packed === true;
    const response = await network(packed ? key.replace("?", ".brotli?") : key);
    if (!response.ok || response.body === null) return response;
    const counted = response.body.pipeThrough(counting(count));
    const whole = new Response(packed ? await unpack(counted) : counted, {
      headers: { "content-type": types[path.split(".").at(-1) ?? ""] ?? "application/octet-stream" },
    });
    // The cache is optional: a full disk must not stop the page.
    if (cache !== undefined) keep(cache, key, whole.clone(), file).catch(() => undefined);
    return whole;
  };
  return {
    fetch: async (input, init) => {
      const { href } = new URL(input instanceof Request ? input.url : input, site);
      if (!href.startsWith(site)) return network(input, init);
      const path = href.slice(site.length);
      const file = files[path];
      if (file === undefined) return new Response(null, { status: 404, statusText: "Not Found" });
      return init?.method === "HEAD" ? new Response(null) : load(path, file);
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    size: (paths) =>
      Object.entries(files)
        .filter(([path]) => paths.some((given) => (given.endsWith("/") ? path.startsWith(given) : path === given)))
        .reduce((sum, [, { bytes }]) => sum + bytes, 0),
  };
}

const keyOf = (site: string, path: string, { hash }: ServedFile): string => `${site}${path}?${hash}`;

/** The cache without files that are no longer served; undefined if the browser allows no cache. */
async function openCache(site: string, files: Manifest["files"]): Promise<Cache | undefined> {
  try {
    const cache = await caches.open(cacheName);
    const served = new Set(Object.entries(files).map(([path, file]) => keyOf(site, path, file)));
    for (const { url } of await cache.keys()) if (!served.has(url)) await cache.delete(url);
    return cache;
  } catch {
    return undefined;
  }
}

/** Stores a file if it is the one that the manifest lists: while a site is replaced, its files come from both versions. */
async function keep(cache: Cache, key: string, whole: Response, { hash }: ServedFile): Promise<void> {
  const content = await whole.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found.startsWith(hash)) await cache.put(key, new Response(content, { headers: whole.headers }));
}

function counting(count: ByteListener): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  return new TransformStream({
    transform(chunk, controller) {
      count(chunk.byteLength);
      controller.enqueue(chunk);
    },
  });
}
