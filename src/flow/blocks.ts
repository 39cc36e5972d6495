import { concatenate, type NDArray, reshape, sliceAxis } from "../array/index.js";

/** A batch cut in two, with every block cut at the same place. */
export interface CutBatch {
  front: NDArray;
  back: NDArray;
}

/**
 * Cuts every block of a batch after its first `count` samples.
 * x: [blocks * b, ...] -> front [blocks * count, ...], back [blocks * (b - count), ...].
 */
export function cutBlocks(x: NDArray, blocks: number, count: number): CutBatch {
  const [batch, ...rest] = x.shape;
  const size = batch / blocks;
  const grouped = reshape(x, [blocks, size, ...rest]);
  return {
    front: reshape(sliceAxis(grouped, 1, 0, count), [blocks * count, ...rest]),
    back: reshape(sliceAxis(grouped, 1, count, size), [blocks * (size - count), ...rest]),
  };
}

/** Joins again what `cutBlocks` cut. */
export function joinBlocks({ front, back }: CutBatch, blocks: number): NDArray {
  const grouped = [front, back].map((part) => reshape(part, [blocks, part.shape[0] / blocks, ...part.shape.slice(1)]));
  return reshape(concatenate(grouped, 1), [front.shape[0] + back.shape[0], ...front.shape.slice(1)]);
}
