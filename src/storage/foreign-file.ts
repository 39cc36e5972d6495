import { InputError } from "../errors.js";

const lfsStart = "version https://git-lfs.github.com/spec/";

/** As many bytes of a file tell whether it is a page or a pointer. */
export const foreignStart = 256;

/**
 * Refuses what a download often leaves in the place of the file that was meant: a page of a website, or a pointer of Git LFS.
 *
 * @param start the file's first bytes
 * @throws InputError saying which, and how to get the file
 */
export function requireNoForeignFile(start: Uint8Array, path: string): void {
  const text = new TextDecoder().decode(start.subarray(0, foreignStart)).trimStart();
  if (text.startsWith(lfsStart))
    throw new InputError(
      `${path} is a Git LFS pointer, not the file itself: run "git lfs pull" where it was cloned, or download the raw file`,
    );
  if (/^(?:<\?xml[^>]*>\s*)?(?:<!--[^]*?-->\s*)?<(?:!doctype html|html|head|body)\b/i.test(text))
    throw new InputError(
      `${path} is an HTML page, not the file itself: download the raw file, not the page that shows it`,
    );
}
