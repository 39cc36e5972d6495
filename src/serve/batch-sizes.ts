/**
 * The number of samples drawn for a request of `samples`: the next power of two, so that few functions are compiled. The first
 * samples of a seed do not depend on how many are drawn.
 */
export function drawnSamples(samples: number): number {
  return 2 ** Math.ceil(Math.log2(samples));
}

/**
 * The batch sizes in which observations are sampled together, the largest first: powers of four, so that few functions are
 * compiled, up to `rows` samples.
 */
export function batchSizes(samples: number, rows: number): number[] {
  const sizes = [1];
  while (sizes[0] * 4 * samples <= rows) sizes.unshift(sizes[0] * 4);
  return sizes;
}

/**
 * Divides `count` observations into batches of these sizes. A batch that is more than half full is padded, because one
 * large run takes less time than several small ones.
 *
 * @param sizes in descending order; the last is 1
 */
export function divideIntoBatches(count: number, sizes: readonly number[]): number[] {
  const batches: number[] = [];
  let left = count;
  for (const size of sizes)
    while (2 * left > size) {
      batches.push(size);
      left -= size;
    }
  return batches;
}
