import { rename } from "node:fs/promises";
import { z } from "zod";
import { InputError } from "../errors.js";
import { shown as shownValue } from "../options.js";
import { quoted } from "../quoted-text.js";
import { exists, joinPath, readJson, sameJson, writeFileAtomically } from "../storage/index.js";
import { manifestName, manifestsIn } from "./manifest.js";
import { type Shard } from "./shard.js";

/** Everything that determines an image's files besides the image; equal in all parts of a run. */
export type RunSettings = Readonly<Record<string, unknown>>;

const settingsFile = "settings.json";
const schema = z.record(z.string(), z.unknown());

/**
 * Writes the settings of a run into its folder. If there was a run before, or another part is running, the settings
 * have to be the same.
 *
 * @throws InputError if they differ, or this part was run before and should not be resumed
 */
export async function claimFolder(out: string, settings: RunSettings, shard: Shard, resume: boolean): Promise<void> {
  const path = joinPath(out, settingsFile);
  const own = manifestName(shard);
  if (await exists(path)) await requireSame(out, settings);
  const former = (await manifestsIn(out)).find(({ name, count }) => name === own || count !== shard.count);
  if (former !== undefined && !resume)
    throw new InputError(
      `${out} holds ${former.name} of an earlier run: continue it with --resume, or name another folder`,
    );
  if (await exists(path)) return;
  // Each part has its own name, so that parts that start at the same time, on several machines, do not write to one
  // file.
  const temporary = joinPath(out, `${settingsFile}.of-${own}`);
  await writeFileAtomically(temporary, `${JSON.stringify(settings, null, 2)}\n`);
  await rename(temporary, path);
  // If parts with different settings start at the same time, the last one wins, and the others find changed settings.
  await requireSame(out, settings);
}

async function requireSame(out: string, settings: RunSettings): Promise<void> {
  const former = await readJson(joinPath(out, settingsFile), schema);
  const entry = (of: RunSettings, key: string): unknown => (Object.hasOwn(of, key) ? of[key] : undefined);
  const keys = [...new Set([...Object.keys(settings), ...Object.keys(former)])];
  const other = keys.find((key) => !sameJson(entry(former, key), entry(settings, key)));
  if (other !== undefined)
    throw new InputError(
      `${out} was made with ${quoted(other)} ${shown(entry(former, other))}, not ${shown(entry(settings, other))}: name another folder, or give the same options`,
    );
}

function shown(value: unknown): string {
  return value === undefined ? "none" : shownValue(value);
}
