import { createHash } from "node:crypto";
import { openFile } from "./random-access-file.js";

const bytesAtOnce = 2 ** 24;

/** The SHA-256 of a file, read in parts; see `Files`. */
export async function sha256(path: string): Promise<string> {
  const file = await openFile(path);
  try {
    const hash = createHash("sha256");
    for (let start = 0; start < file.size; start += bytesAtOnce)
      hash.update(new Uint8Array(await file.read(start, Math.min(bytesAtOnce, file.size - start))));
    return hash.digest("hex");
  } finally {
    await file.close();
  }
}
