type Bytes = Uint8Array<ArrayBuffer>;

/** Unpacks data compressed by Brotli: with the browser's own decoder, or with a library if it has none. */
export async function unpack(body: ReadableStream<Bytes>): Promise<BodyInit> {
  const own = ownDecompression();
  if (own !== undefined) return body.pipeThrough(own);
  const [{ decompress }, packed] = await Promise.all([import("brotli/decompress"), new Response(body).arrayBuffer()]);
  return decompress(new Uint8Array(packed)) as Bytes;
}

function ownDecompression(): TransformStream<Bytes, Bytes> | undefined {
  try {
    // TypeScript's declarations of browsers lack this format.
    return new DecompressionStream("brotli" as CompressionFormat);
  } catch {
    return undefined;
  }
}
