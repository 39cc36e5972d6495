/** A file that the site serves beside its code. */
export interface ServedFile {
  /** Bytes that are sent. */
  readonly bytes: number;
  /** The first digits of the SHA-256 of its content, in hexadecimal. */
  readonly hash: string;
  /** Whether it is served compressed by Brotli, under this path and ".brotli": servers unpack ".br" of their own accord. */
  readonly packed?: boolean;
}

/** Images that no model was trained on. */
export interface HeldOutImages {
  /** The path of their bytes, one a value, [count, ...shape]. */
  readonly path: string;
  readonly count: number;
  /** The class of each, if classes are known. */
  readonly labels?: readonly number[];
  /** Where they come from. */
  readonly source: string;
  /** The path of a text that names their authors and licences, if these have to be named. */
  readonly attribution?: string;
}

/** A model that the studio offers. */
export interface StudioModel {
  readonly name: string;
  readonly title: string;
  /** The folders of its checkpoint and of the classifier that reads its samples. */
  readonly checkpoint: string;
  readonly classifier?: string;
  /** [channels, height, width] */
  readonly shape: readonly number[];
  /** What the classifier's classes are called. */
  readonly classes: readonly string[];
  readonly images: HeldOutImages;
  /** Settings of guided samplers that were tuned for this data set: by problem, then by method. */
  readonly guided: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>;
}

/** What the site serves: `manifest.json`, made by the build. */
export interface Manifest {
  readonly models: readonly StudioModel[];
  /** By their paths from the site's folder. */
  readonly files: Readonly<Record<string, ServedFile>>;
}

/** The path of the manifest. */
export const manifestPath = "manifest.json";

/** The site's folder, seen from the page; the page passes it to its worker. */
export function siteFolder(): string {
  return new URL(".", document.baseURI).href;
}

/** Loads the manifest. */
export async function loadManifest(site: string): Promise<Manifest> {
  const response = await fetch(`${site}${manifestPath}`, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${manifestPath} cannot be read (${response.status}): build the site again`);
  return (await response.json()) as Manifest;
}
