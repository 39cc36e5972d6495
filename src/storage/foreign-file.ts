import { InputError } from "../errors.js";

const lfsStart = "version https://git-lfs.github.com/spec/";

/** Number of bytes at the start of a file that are enough to recognise a web page or a pointer. */
export const foreignStart = 256;

/**
 * Rejects what a download often leaves in place of the intended file: a web page, or a pointer of Git LFS.
 *
 * @param start the file's first bytes
 * @throws InputError saying which it is, and how to get the file
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
