import yauzl from "yauzl";
import { InputError } from "../../errors.js";

/** A file inside a zip archive that is stored as it is: where its bytes lie in the archive. */
export interface StoredFile {
  start: number;
  bytes: number;
}

/**
 * The files of a zip archive by their names; also archives of more than 4 GB.
 *
 * @throws InputError if the archive is truncated or damaged, or one of its files is compressed
 */
export async function listArchive(path: string): Promise<Map<string, StoredFile>> {
  const damaged = (error: unknown): never => {
    if (error instanceof InputError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`${path} is truncated or damaged (${reason.replaceAll("\n", " ")}): download it again`);
  };
  const archive = await yauzl.openPromise(path, { lazyEntries: true, autoClose: false }).catch(damaged);
  try {
    const files = new Map<string, StoredFile>();
    for await (const entry of archive.eachEntry()) {
      if (entry.compressionMethod !== 0)
        throw new InputError(
          `${path}: ${entry.fileName} is compressed, which PyTorch never does: save it with torch.save`,
        );
      const { fileDataStart } = await archive.readLocalFileHeaderPromise(entry, { minimal: true });
      files.set(entry.fileName, { start: fileDataStart, bytes: entry.uncompressedSize });
    }
    return files;
  } catch (error) {
    return damaged(error);
  } finally {
    archive.close();
  }
}
