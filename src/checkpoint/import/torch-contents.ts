import { InputError } from "../../errors.js";
import { quoted } from "../../quoted-text.js";
import { PickledTensor, PickleObject, type PickleValue } from "./pickle-values.js";
import { type SourceTensor } from "./source-tensor.js";
import { type TorchFile } from "./torch-storage.js";

// No checkpoint is nested as deeply, or has names as long or as many entries. A pickle that contains itself has no end.
const deepest = 16;
const longestName = 500;
const mostEntries = 300_000;

/** The parts of a module that was saved as a whole. */
const moduleParts = ["_parameters", "_buffers", "_modules"];

/**
 * Every tensor of a file by its dotted name, in whatever dictionaries and objects it is, and objects that may represent
 * a tensor.
 */
export function tensorsIn(torch: TorchFile): Map<string, SourceTensor> {
  const tensors = new Map<string, SourceTensor>();
  let level: Entry[] = [{ name: "", value: torch.root }];
  let count = 0;
  for (let depth = 0; depth < deepest && level.length > 0; depth++) {
    const next: Entry[] = [];
    for (const { name, value } of level) {
      const tensor = sourceTensor(torch, value, name);
      if (tensor !== undefined && !tensors.has(name)) tensors.set(plainName(name), tensor);
      for (const [key, inner] of entriesOf(value)) {
        if (++count > mostEntries) return tensors;
        const whole = name === "" ? key : key === "" ? name : `${name}.${key}`;
        if (typeof inner === "object" && whole.length <= longestName) next.push({ name: whole, value: inner });
      }
    }
    level = next;
  }
  return tensors;
}

interface Entry {
  name: string;
  value: PickleValue;
}

function sourceTensor(torch: TorchFile, value: PickleValue, name: string): SourceTensor | undefined {
  if (value instanceof PickledTensor) return { shape: value.shape, read: () => torch.read(value, name) };
  if (!(value instanceof PickleObject) || name === "") return undefined;
  const unreadable = `${torch.path}: ${quoted(name)} is a ${quoted(value.name)}, no tensor that can be read: save it as a tensor`;
  return { shape: [], unreadable, read: () => Promise.reject(new InputError(unreadable)) };
}

function* entriesOf(value: PickleValue): Generator<[key: string, value: PickleValue]> {
  if (value instanceof Map) yield* named(value);
  if (!(value instanceof PickleObject)) return;
  yield* named(value.items);
  const parts = moduleParts.map((part) => value.attributes.get(part)).filter((part) => part instanceof Map);
  if (parts.length === 0) yield* named(value.attributes);
  for (const part of parts) yield* named(part);
}

function* named(map: ReadonlyMap<PickleValue, PickleValue>): Generator<[key: string, value: PickleValue]> {
  for (const [key, value] of map) if (typeof key === "string") yield [key, value];
}

// Compiled modules add a prefix of their own.
function plainName(name: string): string {
  return name.replaceAll("_orig_mod.", "");
}

/** The keys under which checkpoints store the options of the command that wrote them. */
const optionKeys = ["args", "hyper_parameters", "config"];

/** Numbers, texts and switches among the options of the command that wrote the file. */
export function optionsIn(root: PickleValue): Map<string, string | number | boolean> {
  const options = new Map<string, string | number | boolean>();
  for (const key of optionKeys)
    for (const [name, value] of entriesOf(root instanceof Map ? (root.get(key) ?? null) : null)) {
      const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
      if (isPlain) options.set(name, value);
    }
  return options;
}
