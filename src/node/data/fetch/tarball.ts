import { list } from "tar";
import { VfmError } from "../../../errors.js";
import { type PackageEntries } from "../fetched-images.js";

/** npm puts all files of a package under this folder. */
const top = /^[^/]+\//;

/** Reads a package's tarball (.tgz) into memory. Throws VfmError if it is damaged. */
export async function readTarball(path: string): Promise<PackageEntries> {
  const reading: Promise<[string, Buffer]>[] = [];
  try {
    await list({
      file: path,
      strict: true,
      onReadEntry: (entry) => {
        const name = entry.path.replace(top, "");
        reading.push(entry.concat().then((bytes) => [name, bytes]));
      },
    });
    return new Map(await Promise.all(reading));
  } catch (error) {
    throw new VfmError(`${path} cannot be read: ${(error as Error).message}`);
  }
}
