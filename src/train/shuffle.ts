import { randomSource } from "../array/index.js";

/**
 * An endless shuffled stream of the indices 0 ... count - 1, cut into batches. Every index occurs once in an epoch, and
 * each epoch has its own order. Batch number `step` depends on the seed, the path and `step` alone.
 *
 * @param path the path of the stream's random numbers, as in `randomSource`
 */
export function shuffledBatches(
  count: number,
  batchSize: number,
  seed: number,
  ...path: (string | number)[]
): (step: number) => Int32Array {
  const orders = new Map<number, Int32Array>();
  const orderOf = (epoch: number): Int32Array => {
    let order = orders.get(epoch);
    if (order === undefined) {
      // A batch spans at most a few epochs, and steps come in order, so older epochs are not needed again.
      for (const old of orders.keys()) if (old < epoch - Math.ceil(batchSize / count)) orders.delete(old);
      order = randomSource(seed, ...path, "epoch", epoch).permutation(count);
      orders.set(epoch, order);
    }
    return order;
  };
  return (step) =>
    Int32Array.from({ length: batchSize }, (_, i) => {
      const position = step * batchSize + i;
      return orderOf(Math.floor(position / count))[position % count];
    });
}
