/** Some of the tiles of an image, which are computed together. */
export interface Chunk<T> {
  /** As many items as are computed at once; the last one is repeated if there are fewer. */
  readonly items: readonly T[];
  /** Number of items without the repetitions. */
  readonly filled: number;
}

/**
 * Splits items into chunks. The sizes of chunks are powers of two, so that few functions are compiled for images of any
 * size.
 */
export function chunksOf<T>(items: readonly T[], most: number): Chunk<T>[] {
  const largest = 2 ** Math.floor(Math.log2(Math.max(1, most)));
  const chunks: Chunk<T>[] = [];
  for (let start = 0; start < items.length; start += largest) {
    const own = items.slice(start, start + largest);
    const size = 2 ** Math.ceil(Math.log2(own.length));
    chunks.push({ items: [...own, ...Array<T>(size - own.length).fill(own[own.length - 1])], filled: own.length });
  }
  return chunks;
}
