import { countElements, type HostArray, mapHostTree, namedLeaves, sizeOf, type Tree } from "../array/index.js";

/**
 * The numbers of a tree's leaves, one leaf after the other, as one row [N]: a view where they are stored so, as
 * `viewsOf` leaves them, otherwise a copy.
 */
export function contiguous(tree: Tree<HostArray>): HostArray {
  const leaves = namedLeaves(tree).map(({ array }) => array.data as Float32Array);
  const [first] = leaves;
  const length = countElements(tree);
  let end = first.byteOffset;
  const isOneRow = leaves.every((data) => {
    const follows = data.buffer === first.buffer && data.byteOffset === end;
    end += data.byteLength;
    return follows;
  });
  if (isOneRow) return { shape: [length], data: new Float32Array(first.buffer, first.byteOffset, length) };
  const row = new Float32Array(length);
  let start = 0;
  for (const data of leaves) {
    row.set(data, start);
    start += data.length;
  }
  return { shape: [length], data: row };
}

/** A tree of this form whose leaves are consecutive views of `numbers`, in the order of the tree's keys. */
export function viewsOf<T extends Tree<HostArray>>(numbers: Float32Array, form: T): T {
  let start = 0;
  return mapHostTree(form, ({ shape }) => ({ shape, data: numbers.subarray(start, (start += sizeOf(shape))) }));
}
