import { z } from "zod";
import { type HostArray, type Tree } from "../array/index.js";
import { InputError } from "../errors.js";
import {
  checkFile,
  joinPath,
  list,
  readJson,
  readTree,
  remove,
  writeBoundFolder,
  writeFileAtomically,
  writeTree,
} from "../storage/index.js";
import { type RunPosition, type RunState } from "./run-state.js";
import { type RunIdentity } from "./run-store.js";

const positionSchema = z.strictObject({
  format: z.literal(1),
  stage: z.int().nonnegative(),
  step: z.int().nonnegative(),
  seconds: z.number().nonnegative(),
  complete: z.boolean(),
  history: z.array(z.strictObject({ kind: z.string(), steps: z.int(), seconds: z.number() })),
  /** The engine that computed the state; earlier versions did not store it. */
  engine: z.strictObject({ backend: z.string(), device: z.string() }).optional(),
});

// States, and what was left of one that was being written.
const anyState = /^\d+-\d+(\.tmp-.*)?$/;

/**
 * Saves a run's state atomically as `folder`/<stage>-<step>, then removes the older states, so that a complete state is
 * on disk at all times. (Where a state of the same position is replaced, there is none for a moment.)
 */
export async function saveState(
  folder: string,
  state: RunState,
  position: RunPosition,
  engine?: RunIdentity["engine"],
): Promise<void> {
  const name = stateName(position);
  await writeBoundFolder(joinPath(folder, name), async (temporary) => {
    await writeTree(joinPath(temporary, "state.safetensors"), state);
    const metadata = { format: 1, ...position, ...(engine && { engine }) };
    await writeFileAtomically(joinPath(temporary, "state.json"), `${JSON.stringify(metadata, null, 2)}\n`);
  });
  for (const other of await list(folder))
    if (other !== name && anyState.test(other)) await remove(joinPath(folder, other));
}

/** The position of the newest saved state and the engine that computed it, or undefined if there is none. */
export async function readPosition(
  folder: string,
): Promise<{ position: RunPosition; engine?: RunIdentity["engine"] | undefined } | undefined> {
  const names = (await list(folder)).filter((name) => /^\d+-\d+$/.test(name)).sort();
  const newest = names.at(-1);
  if (newest === undefined) return undefined;
  await checkFile(joinPath(folder, newest), "state.json");
  const { format: _, engine, ...position } = await readJson(joinPath(folder, newest, "state.json"), positionSchema);
  if (stateName(position) !== newest)
    throw new InputError(
      `${joinPath(folder, newest)} holds the state of ${stateName(position)}: the file was renamed or edited`,
    );
  return { position, engine };
}

/** Reads the arrays of the state at `position`, in the form of `like`. */
export async function readState(folder: string, position: RunPosition, like: RunState): Promise<RunState> {
  const stateFolder = joinPath(folder, stateName(position));
  await checkFile(stateFolder, "state.safetensors");
  return readTree(joinPath(stateFolder, "state.safetensors"), like as Tree<HostArray>) as Promise<RunState>;
}

// Fixed widths, so that names sort in the order of positions.
function stateName({ stage, step }: RunPosition): string {
  return `${String(stage).padStart(2, "0")}-${String(step).padStart(8, "0")}`;
}
