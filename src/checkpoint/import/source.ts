import { InputError } from "../../errors.js";
import { openFile, openSafetensors, type StoredTensor } from "../../storage/index.js";
import { PickledTensor, PickleRecord, type PickleValue } from "./pickle-values.js";
import { openTorchFile, type TorchFile } from "./torch-file.js";

/** Named tensors of one network. */
export type StateDict = ReadonlyMap<string, StoredTensor>;

/** A published checkpoint file: its state dictionaries by name, and the options of the command that wrote it. */
export interface CheckpointSource {
  readonly path: string;
  /** "" for a file that is one state dictionary itself. */
  readonly groups: ReadonlyMap<string, StateDict>;
  /** Numbers, texts and switches of the training command, if the file has them. */
  readonly options: ReadonlyMap<string, string | number | boolean>;
  close(): Promise<void>;
}

// How zip archives and PyTorch's files from before version 1.6 begin.
const zipStart = [0x50, 0x4b];
const oldTorchStart = [0x80, 0x02, 0x8a, 0x0a];

/**
 * Opens a checkpoint file: PyTorch's (.pt, .pth, .bin) or safetensors, told apart by their first bytes.
 *
 * @throws InputError if it cannot be read, is truncated or damaged, or its pickle is refused
 */
export async function openCheckpointFile(path: string): Promise<CheckpointSource> {
  const file = await openFile(path);
  const start = new Uint8Array(await file.read(0, Math.min(4, file.size)));
  await file.close();
  const begins = (bytes: readonly number[]): boolean => bytes.every((byte, i) => start[i] === byte);
  if (begins(oldTorchStart))
    throw new InputError(`${path} is in PyTorch's format from before version 1.6: save it again with torch.save`);
  if (!begins(zipStart)) {
    const { tensors, close } = await openSafetensors(path);
    return { path, groups: groupsByPrefix(tensors), options: new Map(), close };
  }
  const torch = await openTorchFile(path);
  return { path, groups: groupsOf(torch), options: optionsOf(torch.root), close: () => torch.close() };
}

/** The groups that a published checkpoint has, by the names of its keys. */
export const groupNames = ["ema", "ema_adapter", "model", "adapter_model"] as const;

// A safetensors file is flat: groups are prefixes there.
function groupsByPrefix(tensors: StateDict): Map<string, StateDict> {
  const groups = new Map<string, Map<string, StoredTensor>>();
  for (const [name, tensor] of tensors) {
    const group = groupNames.find((known) => name.startsWith(`${known}.`)) ?? "";
    const own = groups.get(group) ?? new Map<string, StoredTensor>();
    own.set(group === "" ? name : name.slice(group.length + 1), tensor);
    groups.set(group, own);
  }
  return groups;
}

function groupsOf(torch: TorchFile): Map<string, StateDict> {
  const { root, path } = torch;
  if (!(root instanceof Map)) throw new InputError(`${path} holds no dictionary of tensors`);
  const groups = new Map<string, StateDict>();
  const whole = stateDict(torch, root);
  if (whole.size > 0) groups.set("", whole);
  for (const [name, value] of root) {
    if (typeof name !== "string" || !(value instanceof Map)) continue;
    const group = stateDict(torch, value);
    if (group.size > 0) groups.set(name, group);
  }
  return groups;
}

function stateDict(torch: TorchFile, values: ReadonlyMap<PickleValue, PickleValue>): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, value] of values)
    if (typeof name === "string" && value instanceof PickledTensor) tensors.set(plainName(name), torch.tensor(value));
  return tensors;
}

// Wrappers for several devices and for compilation put their own names in front.
function plainName(name: string): string {
  return name.replace(/^(?:module\.|_orig_mod\.)+/, "");
}

function optionsOf(root: PickleValue): Map<string, string | number | boolean> {
  const options = new Map<string, string | number | boolean>();
  const args = root instanceof Map ? root.get("args") : undefined;
  const attributes = args instanceof PickleRecord ? args.attributes : args instanceof Map ? args : [];
  for (const [name, value] of attributes) {
    const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    if (typeof name === "string" && isPlain) options.set(name, value);
  }
  return options;
}
