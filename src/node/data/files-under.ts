import { type Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { InputError } from "../../errors.js";
import { type FolderContent } from "../../data/index.js";

const imageEndings = [".png", ".jpg", ".jpeg", ".jfif", ".webp", ".tif", ".tiff", ".gif", ".avif"];

/** The image files under a folder. */
export interface ImageFiles extends FolderContent {
  /** Their paths inside the folder, sorted, so that the order does not depend on the file system. */
  readonly paths: readonly string[];
}

/**
 * Finds the images under a folder by file extension; other files are counted, except hidden ones. Links are followed,
 * but each folder and each file is visited once, by its own path if it lies under the folder. A link can therefore not
 * lead in a circle, and no image is in two splits.
 *
 * @throws InputError if the folder cannot be read, or a link is broken
 */
export async function imageFilesUnder(folder: string): Promise<ImageFiles> {
  const root = await realpath(folder).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${folder} cannot be read as a folder (${error.code ?? error.message}): check the path`);
  });
  const paths: string[] = [];
  const taken = new Set<string>();
  const links: { path: string; real: string }[] = [];
  let skipped = 0;

  /** Visits the entries of a folder, given by its path inside `folder` and its real path; links are visited later. */
  const walk = async (inside: string, real: string): Promise<void> => {
    if (taken.has(real)) return;
    taken.add(real);
    for (const entry of await entriesOf(folder, inside)) {
      const path = join(inside, entry.name);
      const place = join(real, entry.name);
      if (entry.isSymbolicLink()) links.push({ path, real: await targetOf(join(folder, path)) });
      else if (entry.isDirectory()) await walk(path, place);
      else if (entry.isFile() && isImageName(entry.name)) {
        if (!taken.has(place)) paths.push(path);
        taken.add(place);
      } else skipped++;
    }
  };

  await walk("", root);
  for (let link = links.shift(); link !== undefined; link = links.shift()) {
    const { path, real } = link;
    if (taken.has(real)) continue;
    const found = await stat(real);
    if (found.isDirectory()) await walk(path, real);
    else if (found.isFile() && isImageName(path)) {
      taken.add(real);
      paths.push(path);
    } else skipped++;
  }
  return { paths: paths.sort(), skipped };
}

async function entriesOf(folder: string, inside: string): Promise<Dirent[]> {
  const entries = await readdir(join(folder, inside), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(
      `${join(folder, inside)} cannot be read as a folder (${error.code ?? error.message}): check the path`,
    );
  });
  return entries.filter(({ name }) => !name.startsWith(".")).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function targetOf(link: string): Promise<string> {
  return realpath(link).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${link} is a broken link (${error.code ?? error.message}): repair it or remove it`);
  });
}

function isImageName(name: string): boolean {
  return imageEndings.includes(extname(name).toLowerCase());
}
