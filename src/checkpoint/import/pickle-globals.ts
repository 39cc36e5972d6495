import { InputError } from "../../errors.js";
import { PickledStorage, PickledTensor, PickleGlobal, PickleRecord, type PickleValue } from "./pickle-values.js";

/** What a call of each permitted function gives. Nothing of the pickle is ever executed. */
const calls: Readonly<Record<string, (args: readonly PickleValue[]) => PickleValue | undefined>> = {
  "collections.OrderedDict": (args) => (args.length === 0 ? new Map() : undefined),
  "argparse.Namespace": (args) => (args.length === 0 ? new PickleRecord() : undefined),
  "torch.Size": ([sizes]) => (Array.isArray(sizes) ? sizes : undefined),
  "torch._utils._rebuild_tensor_v2": ([storage, offset, shape, strides]) =>
    storage instanceof PickledStorage && isIndex(offset) && areIndices(shape) && areIndices(strides)
      ? viewOf(storage, offset, shape, strides)
      : undefined,
  "torch._utils._rebuild_parameter": ([tensor]) => (tensor instanceof PickledTensor ? tensor : undefined),
};

/** The classes of the storages that tensors are views of. */
const storageTypes = new Set(
  ["Double", "Float", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool"].map(
    (type) => `torch.${type}Storage`,
  ),
);

/** A global that the pickle names. Throws InputError naming it unless it is one of the few that checkpoints need. */
export function permittedGlobal(name: string, source: string): PickleGlobal {
  if (!Object.hasOwn(calls, name) && !storageTypes.has(name))
    throw new InputError(`${source}: its pickle names ${name}, which is not allowed: the file is refused`);
  return new PickleGlobal(name);
}

/** What a call of a permitted function stands for; undefined if its arguments are not those of a checkpoint. */
export function callResult({ name }: PickleGlobal, args: readonly PickleValue[]): PickleValue | undefined {
  return Object.hasOwn(calls, name) ? calls[name](args) : undefined;
}

/** The storage that a persistent id ("storage", class, key, device, count) names; undefined if it is none. */
export function storageOf(id: PickleValue): PickledStorage | undefined {
  if (!Array.isArray(id)) return undefined;
  const [kind, type, key, , count] = id;
  const fits = kind === "storage" && type instanceof PickleGlobal && storageTypes.has(type.name);
  return fits && typeof key === "string" && isIndex(count) ? new PickledStorage(type.name, key, count) : undefined;
}

// A view that leaves its storage is none.
function viewOf(
  storage: PickledStorage,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): PickledTensor | undefined {
  if (shape.length !== strides.length) return undefined;
  const end = shape.reduce((last, length, axis) => last + (length - 1) * strides[axis], offset + 1);
  return shape.includes(0) || end <= storage.count ? new PickledTensor(storage, offset, shape, strides) : undefined;
}

function isIndex(value: PickleValue): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function areIndices(value: PickleValue): value is number[] {
  return Array.isArray(value) && value.every(isIndex);
}
