// The meaning, for users, of the operating system's error codes for a path or a disk.
const meanings: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EBUSY: "it is in use",
  EDQUOT: "the disk's quota is used up",
  EEXIST: "it exists already",
  EFBIG: "the file would be too large for the disk",
  EIO: "the disk fails",
  EISDIR: "it is a folder",
  ELOOP: "its links form a circle",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "there is no such file or folder",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of the path is not a folder",
  ENXIO: "it is not a file",
  EPERM: "not permitted",
  EROFS: "the disk is read-only",
};

// The code of Node's own check of its arguments.
const nulCode = "ERR_INVALID_ARG_VALUE";

/** Whether a path was rejected because it contains a NUL character, which no system allows in paths. */
export function holdsNul({ code, message }: NodeJS.ErrnoException): boolean {
  return code === nulCode && message.includes("null bytes");
}

/** The reason of a failure: the operating system's code in brackets, the advice, and the meaning of the code. */
export function failureText(error: NodeJS.ErrnoException, advice: string): string {
  const { code, message } = error;
  const meaning = code === undefined ? undefined : meanings[code];
  if (holdsNul(error)) return `(a NUL character): ${advice}`;
  return `(${code ?? message.split("\n")[0]}): ${advice}${meaning === undefined ? "" : `, ${meaning}`}`;
}
