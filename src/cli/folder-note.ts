import { type FolderContent } from "../data/index.js";

/** What a command's JSON says of a folder of images; nothing where all was taken as it was. */
export interface FolderNote {
  /** Files whose names end as no image's do. */
  skipped?: number;
  /** Images that were made grey, coloured or opaque. */
  converted?: number;
}

/**
 * Says what was left out of a folder of images, or changed in them.
 *
 * @param parts what was found for each split that was read from the folder; none if the images lie in no folder
 */
export function folderNote(parts: readonly (FolderContent | undefined)[], note: (line: string) => void): FolderNote {
  // Every split looks at the whole folder, and reads its own images.
  const skipped = Math.max(0, ...parts.map((part) => part?.skipped ?? 0));
  const converted = parts.reduce((sum, part) => sum + (part?.converted ?? 0), 0);
  if (skipped > 0) note(`${counted(skipped, "file")} among the images left out: their names end as no image's do`);
  if (converted > 0)
    note(`${counted(converted, "image")} converted to fit the configured channels, or lost transparency`);
  return { ...(skipped > 0 && { skipped }), ...(converted > 0 && { converted }) };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
