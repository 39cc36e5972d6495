import { type HostArray, hostType, isHostArray, type NDArray, sizeOf } from "../array/index.js";
import { ShapeError } from "../errors.js";
import { shown } from "../options.js";
import { type ArraySpec } from "./types.js";

/** The form of a tree: its branches, with `leaf` at each leaf. */
export type Structure = { leaf: number } | { list: Structure[] } | { keys: string[]; children: Structure[] };

/** A function on flat lists of arrays, before compilation. */
export type FlatFunction = (leaves: NDArray[]) => NDArray[];

/** One leaf of a tree of arguments with its path, e.g. "0.blocks.1.weight". */
export interface NamedLeaf<T> {
  name: string;
  value: T;
}

/** Splits a tree into its leaves, in the order of its keys, and its form. */
export function takeApart<T>(tree: unknown, isLeaf: (node: unknown) => node is T): [NamedLeaf<T>[], Structure] {
  const leaves: NamedLeaf<T>[] = [];
  const visit = (node: unknown, name: string): Structure => {
    if (isLeaf(node)) return { leaf: leaves.push({ name, value: node }) - 1 };
    if (Array.isArray(node)) return { list: node.map((child, i) => visit(child, `${name}.${i}`)) };
    if (typeof node !== "object" || node === null)
      throw new ShapeError(`${name || "an argument"} is ${shown(node)}, not an array or a tree of arrays`);
    const keys = Object.keys(node);
    return { keys, children: keys.map((key) => visit((node as Record<string, unknown>)[key], `${name}.${key}`)) };
  };
  const structure = visit(tree, "");
  for (const leaf of leaves) leaf.name = leaf.name.slice(1);
  return [leaves, structure];
}

/** Puts leaves back into the form from which they were taken. */
export function putTogether(structure: Structure, leaves: readonly unknown[]): unknown {
  if ("leaf" in structure) return leaves[structure.leaf];
  if ("list" in structure) return structure.list.map((child) => putTogether(child, leaves));
  return Object.fromEntries(structure.keys.map((key, i) => [key, putTogether(structure.children[i], leaves)]));
}

/**
 * The leaves of a tree in the order of `structure`, found by key, so that objects with another order of keys fit too.
 */
export function leavesOf(structure: Structure, tree: unknown, name = ""): unknown[] {
  if ("leaf" in structure) return [tree];
  const children: [string | number, Structure][] =
    "list" in structure
      ? structure.list.map((child, i) => [i, child])
      : structure.keys.map((key, i) => [key, structure.children[i]]);
  const wanted = children.length === 0 ? "nothing" : children.map(([key]) => key).join(", ");
  const place = name === "" ? "the list of arguments" : `argument ${name.slice(1)}`;
  if (typeof tree !== "object" || tree === null)
    throw new ShapeError(`${place} is ${shown(tree)}: give a tree with ${wanted}, as in the example`);
  const given = Object.keys(tree);
  if (given.length !== children.length)
    throw new ShapeError(
      `${place} has ${given.length === 0 ? "nothing" : given.join(", ")}: give ${wanted}, as in the example`,
    );
  return children.flatMap(([key, child]) =>
    leavesOf(child, (tree as Record<string | number, unknown>)[key], `${name}.${key}`),
  );
}

/** Whether a node describes an argument: a host array or a shape with an element type. */
export function isExampleLeaf(node: unknown): node is HostArray | ArraySpec {
  return isHostArray(node) || (typeof node === "object" && node !== null && "shape" in node && "type" in node);
}

/** Shape and element type of an example leaf. */
export function specOf(example: HostArray | ArraySpec): ArraySpec {
  return { shape: [...example.shape], type: isHostArray(example) ? hostType(example) : example.type };
}

/** Throws ShapeError unless `value` is a host array of the given shape and element type, with all of its values. */
export function checkLeaf(value: unknown, spec: ArraySpec, name: string): HostArray {
  const expected = `${spec.type} [${spec.shape.join(", ")}]`;
  if (!isHostArray(value) || !Array.isArray(value.shape))
    throw new ShapeError(`argument ${name} should be an array ${expected}`);
  const same = value.shape.length === spec.shape.length && value.shape.every((n, i) => n === spec.shape[i]);
  if (!same || hostType(value) !== spec.type)
    throw new ShapeError(`argument ${name} is ${hostType(value)} [${value.shape.join(", ")}], expected ${expected}`);
  const size = sizeOf(value.shape);
  if (value.data.length !== size)
    throw new ShapeError(`argument ${name}, ${expected}, needs ${size} values, it has ${value.data.length}`);
  return value;
}
