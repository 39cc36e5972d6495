import { InputError, VfmError } from "../../errors.js";
import { failureText, holdsNul } from "./failure.js";

// A path that would not do, in contrast to a disk that fails.
const wrongPathCodes = ["EACCES", "EEXIST", "EISDIR", "ELOOP", "ENAMETOOLONG", "ENOENT", "ENOTDIR", "EPERM", "EROFS"];

/** What to throw when `path` could not be written: InputError if another path would do, VfmError if the disk failed. */
export function writeError(path: string, error: NodeJS.ErrnoException): VfmError {
  if (wrongPathCodes.includes(error.code ?? "") || holdsNul(error))
    return new InputError(`${path} cannot be written ${failureText(error, "name another place")}`);
  return new VfmError(`${path} could not be written ${failureText(error, "nothing of it is left")}`);
}
