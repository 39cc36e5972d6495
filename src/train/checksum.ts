import { type HostArray, namedLeaves, type Tree } from "../array/index.js";

/** A 32-bit checksum of a tree's numbers and their places (FNV-1a on whole words). */
export function checksum(tree: Tree<HostArray>): number {
  let state = 0x811c9dc5;
  for (const { array } of namedLeaves(tree)) {
    const { buffer, byteOffset, length } = array.data;
    const words = new Uint32Array(buffer, byteOffset, length);
    for (let i = 0; i < length; i++) state = Math.imul(state ^ words[i], 0x01000193);
  }
  return state >>> 0;
}
