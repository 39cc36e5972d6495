import { type FolderContent } from "../data/index.js";

/** A command's JSON about a folder of images; empty if every file was read without a change. */
export interface FolderNote {
  /** Files whose names have no extension of an image. */
  skipped?: number;
  /** Images that were made grey, coloured or opaque. */
  converted?: number;
}

/**
 * Notes what was skipped in a folder of images, or changed in the images.
 *
 * @param parts what was found for each split that was read from the folder; empty if the images are not from a folder
 */
export function folderNote(parts: readonly (FolderContent | undefined)[], note: (line: string) => void): FolderNote {
  // Every split lists the whole folder, and reads only its own images.
  const skipped = Math.max(0, ...parts.map((part) => part?.skipped ?? 0));
  const converted = parts.reduce((sum, part) => sum + (part?.converted ?? 0), 0);
  if (skipped > 0) note(`skipped ${counted(skipped, "file")} among the images: no extension of an image in the name`);
  if (converted > 0)
    note(`converted ${counted(converted, "image")} to the configured channels, or removed transparency`);
  return { ...(skipped > 0 && { skipped }), ...(converted > 0 && { converted }) };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
