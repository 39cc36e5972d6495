/**
 * The number of samples that is drawn for a request of `samples`: the next power of two, so that few functions are compiled. The
 * first samples of a seed do not depend on how many are drawn.
 */
export function drawnSamples(samples: number): number {
  return 2 ** Math.ceil(Math.log2(samples));
}

/**
 * The sizes that observations are sampled in together, from the largest: powers of four, so that few functions are compiled, as
 * far as their samples stay within `rows`.
 */
export function batchSizes(samples: number, rows: number): number[] {
  const sizes = [1];
  while (sizes[0] * 4 * samples <= rows) sizes.unshift(sizes[0] * 4);
  return sizes;
}

/**
 * Divides `count` observations into batches of these sizes. A batch that is more than half full is filled up, for a run of many
 * takes less time than many runs.
 *
 * @param sizes from the largest, the last is 1
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
