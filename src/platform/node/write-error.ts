import { InputError, VfmError } from "../../errors.js";
import { failureText, holdsNul } from "./failure.js";

// Errors of the path itself, in contrast to a disk failure.
const wrongPathCodes = ["EACCES", "EEXIST", "EISDIR", "ELOOP", "ENAMETOOLONG", "ENOENT", "ENOTDIR", "EPERM", "EROFS"];

/** The error for a failure to write `path`: InputError if another path would work, VfmError if the disk failed. */
export function writeError(path: string, error: NodeJS.ErrnoException): VfmError {
  if (wrongPathCodes.includes(error.code ?? "") || holdsNul(error))
    return new InputError(`${path} cannot be written ${failureText(error, "name another place")}`);
  return new VfmError(`${path} could not be written ${failureText(error, "nothing of it is left")}`);
}
