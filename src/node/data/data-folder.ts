import { homedir } from "node:os";
import { join } from "node:path";

/**
 * The folder of downloaded data sets: the environment variable VFM_DATA, or variational-flow-maps in the user's cache
 * (XDG_CACHE_HOME, or ~/.cache).
 *
 * @example
 * console.log(`data sets are kept in ${dataFolder()}`);
 */
export function dataFolder(): string {
  const { VFM_DATA: given, XDG_CACHE_HOME: cache } = process.env;
  if (given !== undefined && given !== "") return given;
  return join(cache !== undefined && cache !== "" ? cache : join(homedir(), ".cache"), "variational-flow-maps");
}
