import { sizeOf } from "../../array/index.js";
import { InputError } from "../../errors.js";
import { quoted } from "../../quoted-text.js";
import { elementBytes } from "../../storage/index.js";
import { PickledStorage, PickledTensor, PickleGlobal, PickleObject, type PickleValue } from "./pickle-values.js";
import { isStorageClass, readableDtype, storageDtype, storageElementBytes } from "./torch-types.js";

type Arguments = readonly PickleValue[];

/** A call whose result is that of another call. It is not made here, so that its work is counted too. */
export class InnerCall {
  constructor(
    readonly callee: PickleGlobal,
    readonly args: PickleValue[],
  ) {}
}

/** The result, as data, of calls of known functions; undefined if the arguments are not those of a checkpoint. */
const calls: Readonly<Record<string, (args: Arguments) => PickleValue | InnerCall | undefined>> = {
  "collections.OrderedDict": ([pairs]) => dictionaryOf(pairs),
  "collections.Counter": ([counts]) => dictionaryOf(counts),
  "collections.defaultdict": () => new Map(),
  "torch.Size": ([sizes]) => (Array.isArray(sizes) ? sizes : undefined),
  "torch._utils._rebuild_tensor": (args) => viewOf(args),
  "torch._utils._rebuild_tensor_v2": (args) => viewOf(args),
  "torch._utils._rebuild_tensor_v3": (args) => viewOf(args, args[6]),
  "torch._utils._rebuild_parameter": ([tensor]) => tensorOf(tensor),
  "torch._utils._rebuild_parameter_with_state": ([tensor]) => tensorOf(tensor),
  "torch._tensor._rebuild_from_type_v2": ([made, , args]) =>
    made instanceof PickleGlobal && Array.isArray(args) ? new InnerCall(made, args) : undefined,
  "copyreg._reconstructor": ([made, , state]) => reconstructed(made, state),
  "copy_reg._reconstructor": ([made, , state]) => reconstructed(made, state),
};

/** Modules that start programs or load code; no honest checkpoint names them. */
const refusedModules = new Set(
  "os posix nt subprocess pty commands sys socket runpy importlib ctypes webbrowser shutil code pip".split(" "),
);
const refusedBuiltins = new Set(["eval", "exec", "execfile", "compile", "open", "__import__", "input", "breakpoint"]);

/**
 * A global that the pickle names.
 *
 * @throws InputError naming it if it would start programs or load code: nothing is ever run here, but such a file is no
 *   checkpoint
 */
export function globalNamed(module: string, name: string, source: string): PickleGlobal {
  const [root] = module.split(".");
  const isBuiltin = root === "builtins" || root === "__builtin__";
  if (refusedModules.has(root) || (isBuiltin && refusedBuiltins.has(name)))
    throw new InputError(
      `${source}: its pickle names ${quoted(`${module}.${name}`)}, which is not allowed: the file is refused`,
    );
  return new PickleGlobal(`${module}.${name}`);
}

/**
 * Represents the call of a function or class: as data for a few known ones, otherwise as an object that keeps the
 * arguments. Nothing of the pickle is ever executed.
 *
 * @returns undefined if a tensor's arguments do not describe a tensor
 */
export function callResult({ name }: PickleGlobal, args: Arguments): PickleValue | InnerCall | undefined {
  return Object.hasOwn(calls, name) ? calls[name](args) : new PickleObject(name, args);
}

/**
 * The value of a persistent id: a storage ("storage", class, key, device, count), in old files also a part of another
 * storage, or the class of a module ("module", class, ...).
 *
 * @returns undefined if it is neither
 */
export function persistentValue(id: PickleValue): PickledStorage | PickleGlobal | undefined {
  if (!Array.isArray(id)) return undefined;
  const [kind, type, key, , count, view] = id;
  if (!(type instanceof PickleGlobal)) return undefined;
  if (kind === "module") return type;
  if (kind !== "storage" || !isStorageClass(type.name) || typeof key !== "string" || !isIndex(count)) return undefined;
  if (view === undefined || view === null) return new PickledStorage(type.name, key, count);
  const [, start, part] = Array.isArray(view) ? view : [];
  if (!isIndex(start) || !isIndex(part) || start + part > count) return undefined;
  return new PickledStorage(type.name, key, part, start);
}

function dictionaryOf(items: PickleValue | undefined): Map<PickleValue, PickleValue> | undefined {
  if (items === undefined) return new Map();
  if (items instanceof Map) return new Map(items);
  if (!Array.isArray(items)) return undefined;
  const isPair = (item: PickleValue): item is [PickleValue, PickleValue] => Array.isArray(item) && item.length === 2;
  return items.every(isPair) ? new Map(items) : undefined;
}

function reconstructed(made: PickleValue | undefined, state: PickleValue | undefined): PickleObject | undefined {
  if (!(made instanceof PickleGlobal)) return undefined;
  const object = new PickleObject(made.name);
  if (state instanceof Map) for (const [key, value] of state) object.items.set(key, value);
  return object;
}

function tensorOf(value: PickleValue | undefined): PickleValue | undefined {
  return value instanceof PickledTensor || value instanceof PickleObject ? value : undefined;
}

/** A view may have this many elements, by strides of 0, even if its storage has fewer. */
const mostRepeated = 2 ** 24;

// A view that exceeds its storage is not valid.
function viewOf([storage, offset, shape, strides]: Arguments, given?: PickleValue): PickledTensor | undefined {
  if (!(storage instanceof PickledStorage) || !isIndex(offset) || !areIndices(shape) || !areIndices(strides))
    return undefined;
  if (shape.length !== strides.length) return undefined;
  const dtype = given instanceof PickleGlobal ? given.name.replace(/^torch\./, "") : storageDtype(storage.type);
  const type = readableDtype(dtype);
  if (type !== undefined) {
    const elements = (storage.count * (storageElementBytes(storage.type) ?? 1)) / elementBytes(type);
    const end = shape.reduce((last, length, axis) => last + (length - 1) * strides[axis], offset + 1);
    if (!shape.includes(0) && end > elements) return undefined;
    if (sizeOf(shape) > Math.max(elements, mostRepeated)) return undefined;
  }
  return new PickledTensor(storage, dtype, offset, shape, strides);
}

function isIndex(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function areIndices(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.every(isIndex);
}
