import { randomSource } from "../array/index.js";

/**
 * An endless shuffled stream of the indices 0 ... count - 1, cut into batches: every index once an epoch, in an order
 * of its own for each epoch. Batch number `step` depends on the seed, the path and `step` alone.
 *
 * @param path names the stream, as in `randomSource`
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
      // A batch spans at most a few epochs, and steps come in order: older ones are not needed again.
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
