import { type HostArray, mapHostTree, namedLeaves, type Tree } from "../../array/index.js";
import { InputError } from "../../errors.js";
import { quotedList } from "../../quoted-text.js";
import { type StateDict } from "./source-tensor.js";

/** A network's parameters, and the tensors of the file that it does not use. */
export interface Filled<T> {
  parameters: T;
  leftOver: string[];
}

/**
 * Reads a network's parameters by name.
 *
 * All names and shapes are checked before the first tensor is read.
 *
 * @param form a tree of the parameters' form and shapes
 * @param alike whether another shape contains the same numbers (a 1 x 1 convolution for a linear layer)
 * @throws InputError naming the tensors that are missing, or one of another shape
 */
export async function fillParameters<T extends Tree<HostArray>>(
  tensors: StateDict,
  form: T,
  source: string,
  alike: (stored: readonly number[], wanted: readonly number[]) => boolean = sameShape,
): Promise<Filled<T>> {
  const leaves = namedLeaves(form);
  const missing = leaves.filter(({ name }) => !tensors.has(name)).map(({ name }) => name);
  if (missing.length > 0) throw new InputError(`${source}: missing tensors: ${quotedList(missing)}`);
  const wanted = new Map(leaves.map(({ name, array }) => [name, array.shape]));
  for (const [name, shape] of wanted) {
    const { shape: stored = [], unreadable } = tensors.get(name) ?? {};
    if (unreadable !== undefined) throw new InputError(unreadable);
    if (!alike(stored, shape))
      throw new InputError(
        `${source}: tensor ${name} is [${stored.join(", ")}], the model needs [${shape.join(", ")}]`,
      );
  }
  const read = new Map<string, HostArray>();
  for (const [name, shape] of wanted) read.set(name, await readFinite(tensors, name, shape, source));
  const parameters = mapHostTree(form, (array, name) => read.get(name) ?? array);
  const others = [...tensors].filter(([name, { unreadable }]) => !wanted.has(name) && unreadable === undefined);
  return { parameters, leftOver: others.map(([name]) => name) };
}

async function readFinite(
  tensors: StateDict,
  name: string,
  shape: readonly number[],
  source: string,
): Promise<HostArray> {
  const array = await tensors.get(name)?.read();
  if (array === undefined || !(array.data instanceof Float32Array))
    throw new InputError(`${source}: tensor ${name} holds integers, the model needs floating-point numbers`);
  for (const value of array.data)
    if (!Number.isFinite(value)) throw new InputError(`${source}: tensor ${name} holds ${value}: the file is damaged`);
  return { shape, data: array.data };
}

function sameShape(stored: readonly number[], wanted: readonly number[]): boolean {
  return stored.join() === wanted.join();
}

/** Also accepts a 1 x 1 convolution's kernel for a linear layer's weight. */
export function sameNumbers(stored: readonly number[], wanted: readonly number[]): boolean {
  return sameShape(
    stored.filter((_, axis) => axis < 2 || stored[axis] !== 1),
    wanted.filter((_, axis) => axis < 2 || wanted[axis] !== 1),
  );
}
