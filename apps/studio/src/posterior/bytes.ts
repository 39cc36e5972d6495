/** Bytes as a text that an address can hold (base64url). */
export function textOfBytes(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** The bytes of such a text; undefined if it is not one. */
export function bytesOfText(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** Small numbers packed into bytes, `bits` (1, 2, 4 or 8) each, the first in the lowest bits. */
export function pack(values: ArrayLike<number>, bits: number): Uint8Array {
  const each = 8 / bits;
  const packed = new Uint8Array(Math.ceil(values.length / each));
  for (let i = 0; i < values.length; i++) packed[Math.floor(i / each)] |= values[i] << (bits * (i % each));
  return packed;
}

/** The numbers that were packed: as many as the bytes hold. */
export function unpack(packed: Uint8Array, bits: number): Uint8Array {
  const each = 8 / bits;
  return Uint8Array.from(
    { length: packed.length * each },
    (_, i) => (packed[Math.floor(i / each)] >> (bits * (i % each))) & (2 ** bits - 1),
  );
}
