import { type Communicator } from "./communicator.js";

/** The mean of vectors that are on several ranks; see `orderedMean`. */
export interface OrderedMean {
  /** The indices of the vectors that this rank adds, in order. */
  readonly own: readonly number[];
  /** The mean, after a call of `finish`; the memory is the same every time. */
  readonly mean: Float32Array;
  /**
   * Adds this rank's next vector, given in pieces, one after the other. It waits for the vectors of the other ranks.
   */
  add(pieces: readonly ArrayLike<number>[]): Promise<void>;
  /**
   * Computes `mean`, when this rank has added all its vectors.
   *
   * @param notes numbers that belong to each of this rank's vectors, equally many for each
   * @returns the notes of every vector, in the vectors' order
   */
  finish(notes: readonly (readonly number[])[]): Promise<Float32Array[]>;
}

/**
 * The mean of `count` vectors, with vector number p on rank p mod size: (... ((s v_0 + s v_1) + s v_2) ...), s = 1 /
 * count.
 *
 * Each rank sums one segment of all vectors, in the vectors' order, and the sums are gathered, so that the result has
 * the same bits on any number of ranks. With one vector on each rank it moves as much data as a ring reduction, 2 (size
 * - 1) / size times the vector; with k on each, (k + 1) (size - 1) / size times.
 *
 * @param count number of vectors on all ranks together, at least one on each rank
 * @param length number of elements of a vector
 */
export function orderedMean(
  { rank, size, exchange, gather }: Communicator,
  { count, length }: { count: number; length: number },
): OrderedMean {
  const rounds = Math.ceil(count / size);
  const own = Array.from({ length: rounds }, (_, round) => round * size + rank).filter((number) => number < count);
  const segment = Math.ceil(length / size);
  const several = size > 1;
  const mean = new Float32Array(size * segment);
  const send = new Float32Array(several ? size * segment : 0);
  const received = new Float32Array(several ? size * segment : 0);
  const sum = several ? new Float32Array(segment) : mean;
  const scale = 1 / count;
  let round = 0;

  const addScaled = (at: number, values: ArrayLike<number>, isFirst: boolean): void => {
    const { length } = values;
    if (isFirst) for (let i = 0; i < length; i++) sum[at + i] = scale * values[i];
    else for (let i = 0; i < length; i++) sum[at + i] += scale * values[i];
  };
  const exchangeRound = async (): Promise<void> => {
    await exchange(send, received);
    const adding = Math.min(size, count - round * size);
    for (let q = 0; q < adding; q++)
      addScaled(0, received.subarray(q * segment, (q + 1) * segment), round === 0 && q === 0);
    round++;
  };

  return {
    own,
    mean,
    async add(pieces) {
      let at = 0;
      for (const piece of pieces) {
        if (several) send.set(piece, at);
        else addScaled(at, piece, round === 0);
        at += piece.length;
      }
      if (several) await exchangeRound();
      else round++;
    },
    async finish(notes) {
      // A rank with one vector less than others also takes part in their last exchange.
      while (several && round < rounds) await exchangeRound();
      round = 0;
      const [{ length: noteLength }] = notes;
      const block = new Float32Array(segment + rounds * noteLength);
      if (!several) return notes.map((ofOne) => Float32Array.from(ofOne));
      block.set(sum);
      block.set(notes.flat(), segment);
      const blocks = new Float32Array(size * block.length);
      await gather(block, blocks);
      for (let q = 0; q < size; q++)
        mean.set(blocks.subarray(q * block.length, q * block.length + segment), q * segment);
      return Array.from({ length: count }, (_, number) => {
        const start = (number % size) * block.length + segment + Math.floor(number / size) * noteLength;
        return blocks.slice(start, start + noteLength);
      });
    },
  };
}
