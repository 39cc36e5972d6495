import { open } from "node:fs/promises";

// Cameras and programs append a few bytes to a JPEG.
const tailBytes = 4096;

/**
 * Whether a file starts and ends like a PNG, JPEG, GIF or WebP. This is much faster than reading it, and enough to
 * detect a truncated file. False does not mean that the file is damaged.
 */
export async function looksWhole(path: string): Promise<boolean> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { size } = await file.stat();
    const part = async (start: number, length: number): Promise<string> => {
      const bytes = Buffer.alloc(Math.min(length, size));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, Math.max(0, start));
      return bytes.toString("latin1", 0, bytesRead);
    };
    const head = await part(0, 12);
    const tail = await part(size - tailBytes, tailBytes);
    if (head.startsWith("\x89PNG\r\n\x1a\n")) return tail.slice(-8).startsWith("IEND");
    if (head.startsWith("\xff\xd8\xff")) return tail.includes("\xff\xd9");
    if (head.startsWith("GIF8")) return tail.endsWith(";");
    if (head.startsWith("RIFF") && head.endsWith("WEBP"))
      return size >= 8 + Buffer.from(head, "latin1").readUInt32LE(4);
    return false;
  } finally {
    await file.close();
  }
}
