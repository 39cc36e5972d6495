import zlib from "node:zlib";
import yauzl from "yauzl";
import { InputError } from "../../errors.js";
import { quoted } from "../../quoted-text.js";
import { type RandomAccessFile } from "../../storage/index.js";

/** A file inside a zip archive: where its bytes lie in the archive. */
export interface StoredFile {
  start: number;
  bytes: number;
  /** Whether the bytes are compressed. */
  compressed: boolean;
  /** CRC-32 of the bytes; 0 if the writer left it out. */
  checksum: number;
}

/**
 * Lists the files of a zip archive by name, including archives of more than 4 GB.
 *
 * @throws InputError if the archive is truncated or damaged, or names a file twice
 */
export async function listArchive(path: string): Promise<Map<string, StoredFile>> {
  const damaged = (error: unknown): never => {
    if (error instanceof InputError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`${path} is truncated or damaged (${quoted(reason)}): download it again`);
  };
  const archive = await yauzl.openPromise(path, { lazyEntries: true, autoClose: false }).catch(damaged);
  try {
    const files = new Map<string, StoredFile>();
    for await (const entry of archive.eachEntry()) {
      const { fileName: name, compressionMethod, uncompressedSize: bytes, crc32: checksum } = entry;
      if (files.has(name)) throw new InputError(`${path} has the file ${quoted(name)} twice: it is damaged`);
      const { fileDataStart: start } = await archive.readLocalFileHeaderPromise(entry, { minimal: true });
      files.set(name, { start, bytes, compressed: compressionMethod !== 0, checksum });
    }
    return files;
  } catch (error) {
    return damaged(error);
  } finally {
    archive.close();
  }
}

const partBytes = 2 ** 24;

/**
 * Checks the bytes of a file in an archive against their checksum. Node before 20.15 has no function to compute it.
 *
 * @throws InputError if the bytes are not those that were written
 */
export async function requireChecksum(
  archive: RandomAccessFile,
  name: string,
  { start, bytes, checksum }: StoredFile,
): Promise<void> {
  if (checksum === 0 || !("crc32" in zlib)) return;
  let found = 0;
  for (let done = 0; done < bytes; done += partBytes)
    found = zlib.crc32(new Uint8Array(await archive.read(start + done, Math.min(partBytes, bytes - done))), found);
  if (found !== checksum)
    throw new InputError(`${archive.path}: ${quoted(name)} is damaged, its checksum is another: download it again`);
}
