// What the operating system's codes say of a path or a disk, for people.
const meanings: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EBUSY: "it is in use",
  EDQUOT: "the disk's quota is used up",
  EEXIST: "something stands there already",
  EFBIG: "the file would be too large for the disk",
  EIO: "the disk fails",
  EISDIR: "it is a folder",
  ELOOP: "its links lead in a circle",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "nothing stands there",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of the path is no folder",
  ENXIO: "it is no file",
  EPERM: "not permitted",
  EROFS: "the disk is read-only",
};

/** Why the operating system did not do it: its code in brackets, the advice, and what the code means. */
export function failureText({ code, message }: NodeJS.ErrnoException, advice: string): string {
  const meaning = code === undefined ? undefined : meanings[code];
  return `(${code ?? message.split("\n")[0]}): ${advice}${meaning === undefined ? "" : `, ${meaning}`}`;
}
