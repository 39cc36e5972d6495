import { availableThreads, configureWasm } from "variational-flow-maps/compile";
import { cachedFetch, type CachedFetch } from "./cached-fetch.js";
import { loadManifest, type Manifest } from "./manifest.js";

/** The engine's files are served from this folder of the site. */
export const engineFolder = "ort/";

// Small networks gain nothing from more.
const mostThreads = 4;

/** A worker that can compute. */
export interface Engine {
  readonly site: string;
  readonly manifest: Manifest;
  readonly files: CachedFetch;
  /** Threads that the networks run on: one where the page may not share memory. */
  readonly threads: number;
}

let engine: Promise<Engine> | undefined;

/**
 * Makes a worker ready to compute: loads the manifest, and gives the library and ONNX Runtime, which fetch by themselves, a
 * `fetch` that keeps files for the next visit. Starts once; later calls give the same engine.
 *
 * @param site the site's folder, as the page sees it
 */
export function startEngine(site: string): Promise<Engine> {
  return (engine ??= start(site));
}

async function start(site: string): Promise<Engine> {
  const manifest = await loadManifest(site);
  const files = await cachedFetch(site, manifest);
  globalThis.fetch = files.fetch;
  const threads = crossOriginIsolated ? Math.min(mostThreads, navigator.hardwareConcurrency) : 1;
  configureWasm({ files: `${site}${engineFolder}`, threads });
  return { site, manifest, files, threads: availableThreads() };
}
