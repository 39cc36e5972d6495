import { existsSync } from "node:fs";
import { z } from "zod";
import { type UpdateSettings, updateSettingsSchema } from "../checkpoint/index.js";
import { InputError } from "../errors.js";
import { type FittedUpdate } from "../evaluate/index.js";
import { readJson } from "../storage/index.js";

const trialSchema = z.strictObject({
  settings: updateSettingsSchema,
  images: z.int(),
  crps: z.number(),
  coverage90: z.number().optional(),
  misfit: z.number(),
  outside: z.number(),
  needed: z.strictObject({ iterations: z.int(), difference: z.number() }).optional(),
});

const keptSchema = z.strictObject({
  /** The SHA-256 of the checkpoint's parameters. */
  parameters: z.string(),
  images: z.int(),
  samples: z.int(),
  seed: z.int(),
  problems: z.record(
    z.string(),
    z.strictObject({
      update: z.boolean(),
      chosen: trialSchema,
      networks: trialSchema,
      trials: z.array(trialSchema),
    }),
  ),
});

/** What determines a fit beside the problem. */
export type FitInputs = Omit<z.output<typeof keptSchema>, "problems">;

/**
 * The problems of an interrupted fit, from the file that keeps them; none if there is no file.
 *
 * @param path the JSON file of `--out`
 * @param inputs what the present fit was given; the file's has to be the same
 * @param resume whether a file that is there may be continued
 * @returns the fitted problems by name, in the order of the fit
 * @throws InputError if there is a file that is not to be resumed, is damaged, or holds another fit
 */
export async function resumedFit(
  path: string,
  inputs: FitInputs,
  resume: boolean,
): Promise<Record<string, FittedUpdate<UpdateSettings>>> {
  if (!existsSync(path)) return {};
  if (!resume) throw new InputError(`${path} holds an earlier fit: continue it with --resume, or name another file`);
  const { problems, ...before } = await readJson(path, keptSchema);
  const names = Object.keys(inputs) as (keyof FitInputs)[];
  const other = names.filter((name) => before[name] !== inputs[name]);
  if (other.length > 0)
    throw new InputError(`${path} holds a fit with other ${other.join(", ")}: name another file, or fit with the same`);
  return problems;
}
