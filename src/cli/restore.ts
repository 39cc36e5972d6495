import { realpath } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { hostZeros } from "../array/index.js";
import { type Communicator, onAllOrNone, singleProcess } from "../distributed/index.js";
import { InputError } from "../errors.js";
import { imageFilesUnder } from "../node/data/index.js";
import { connectMpi } from "../node/mpi/index.js";
import { imageSeed, parseShard, restoreFolder, type Shard, shardOf, wholeShard } from "../restore/index.js";
import { exists, sha256 } from "../storage/index.js";
import { restoreImage, type RestoreImageOptions } from "../tiles/index.js";
import { type CommandDefinition, type Context, type Outcome } from "./command.js";
import { readImageModel } from "./image-model.js";
import { runOnRanks } from "./on-ranks.js";
import { checkpointOption, numberOption, problemOption } from "./options.js";
import { requireWritable } from "./outputs.js";
import { type Progress } from "./progress.js";
import { restoreFile } from "./restore-file.js";
import { addSamplerOptions, samplerOf, type SamplerOptions } from "./sampler-options.js";
import { updateLine, updateNote } from "./update-note.js";

/** Options of `vfm restore`. */
export interface RestoreCommandOptions extends SamplerOptions {
  folder: string;
  checkpoint: string;
  problem: string;
  degrade: boolean;
  overlap: number;
  tensors: boolean;
  resume: boolean;
  shard?: Shard;
  distributed?: "mpi";
  out: string;
}

// A month: a rank sends nothing to the others before its part is done.
const rankTimeout = 30 * 86_400;

/** `vfm restore FOLDER`: posterior samples of every image in a folder. */
export const restoreCommand: CommandDefinition<RestoreCommandOptions> = {
  name: "restore",
  description:
    "draw posterior samples for every image under a folder: any number of images, of the model's size or larger; larger ones in overlapping tiles",
  argument: {
    name: "<folder>",
    description:
      "the images: observations, each A^T y as a picture (for super-resolution the small image with every pixel repeated), or clean images with --degrade",
    key: "folder",
  },
  options: (command) =>
    addSamplerOptions(
      command
        .addOption(checkpointOption())
        .addOption(problemOption())
        .option("--degrade", "the images are clean: degrade them first, as the model's problem does", false),
    )
      .option(
        "--overlap <share>",
        "the overlap of neighbouring tiles, as a share of a tile",
        numberOption(0, 0.99),
        0.5,
      )
      .option("--tensors", "also write the samples, their mean and standard deviation as samples.safetensors", false)
      .option("--resume", "continue an interrupted run: images that are done are skipped", false)
      .option("--shard <part>", "restore one part of the images, e.g. 3/16: every 16th, from the third on", shardOption)
      .addOption(
        new Option(
          "--distributed <how>",
          "share the images among the processes that mpirun or srun started, a part each",
        ).choices(["mpi"]),
      )
      .requiredOption(
        "--out <dir>",
        "the folder to write: a folder for each image, in the same structure, and manifest.jsonl",
      ),
  example: "vfm restore photographs --degrade --problem super-resolution --out out/restored --samples 16",
  computes: true,
  endsItself: true,
  run: async (options, context) => {
    if (options.distributed === undefined) return restoreOn(singleProcess, options, context);
    if (options.shard !== undefined)
      throw new InputError("--shard and --distributed both divide the images: give one of them");
    const { signal } = context;
    return runOnRanks(await connectMpi({ timeout: rankTimeout, signal }), signal, (communicator) =>
      restoreOn(communicator, options, context),
    );
  },
};

function shardOption(value: string): Shard {
  try {
    return parseShard(value);
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
}

async function restoreOn(
  communicator: Communicator,
  options: RestoreCommandOptions,
  { seed, signal, interruptible, progress, note }: Context,
): Promise<Outcome> {
  const { folder, problem: name, samples, degrade, tensors, resume, out } = options;
  const ownShard = communicator.size === 1 ? wholeShard : { index: communicator.rank + 1, count: communicator.size };
  const shard = options.shard ?? ownShard;
  const prepared = await interruptible(onAllOrNone(communicator, () => prepare(options, seed)));
  const { sampler, model, digest, problem, paths, otherFiles } = prepared;
  const updated = updateNote(model.model, problem, degrade ? undefined : "y is not known, only A^T y");
  if (otherFiles > 0 && communicator.rank === 0)
    note(
      `skipped ${otherFiles} ${otherFiles === 1 ? "file" : "files"} among the images: no extension of an image in the name`,
    );
  const { device: _device, ...drawn } = sampler;
  const { sigma } = problem.observation;
  const settings = { format: 1, model: digest, problem: name, sigma, seed, ...drawn, tensors };
  const showProgress = folderProgress(shardOf(paths, shard).length, progress);
  const counts = { finished: 0, skipped: 0 };
  const { manifest, images, ...ended } = await restoreFolder({
    paths,
    out,
    settings,
    shard,
    resume,
    claiming: (claim) => interruptible(onAllOrNone(communicator, claim)),
    restore: (path, systemPath) => {
      const onBatch = (share: number): void => {
        signal.throwIfAborted();
        showProgress(counts.finished + share, counts.skipped, path);
      };
      const own: RestoreImageOptions = { ...sampler, seed: imageSeed(seed, path), onBatch };
      return interruptible(restoreFile(model, problem, join(folder, systemPath), own, tensors));
    },
    onImage: ({ done, skipped, failed, record }) => {
      signal.throwIfAborted();
      Object.assign(counts, { finished: done + skipped + failed, skipped });
      showProgress(counts.finished, skipped, record.path);
      if (record.status === "failed") note(`${record.path}: ${String(record.error)}`);
    },
  });
  const [all, done, skipped, failed] = await summed(communicator, [images, ended.done, ended.skipped, ended.failed]);
  const before = skipped > 0 ? `, ${skipped} were done before` : "";
  const broken = failed > 0 ? `, ${failed} could not be used: the manifest names them` : "";
  return {
    json: {
      images: all,
      done,
      skipped,
      failed,
      problem: name,
      seed,
      samples,
      ...updated,
      ...(otherFiles > 0 && { otherFiles }),
      ...(shard.count > 1 && communicator.size === 1 && { shard: `${shard.index}/${shard.count}` }),
      out,
      ...(communicator.size === 1 && { manifest }),
    },
    text: [`${done} of ${all} images restored${before}${broken}: ${out}`, ...updateLine(updated)].join("\n"),
    failed: failed > 0,
  };
}

/**
 * Reports the progress of a folder's part of `images` images. Those that were skipped took no time: the time left is
 * estimated from the others.
 */
function folderProgress(images: number, progress: Progress) {
  const start = Date.now();
  return (finished: number, skipped: number, path: string): void => {
    const restored = finished - skipped;
    const secondsEach = restored > 0 ? (Date.now() - start) / 1000 / restored : Infinity;
    progress.update(finished / images, path, finished < images ? secondsEach * (images - finished) : 0);
  };
}

/** Reads the model and the images' paths, and checks the options before anything is written. */
async function prepare(options: RestoreCommandOptions, seed: number) {
  const { folder, checkpoint, problem: name, samples, degrade, overlap, out } = options;
  const sampler = { ...samplerOf(options), samples, degrade, overlap };
  await requireWritable(out, "folder");
  const { paths, skipped: otherFiles } = await imageFilesUnder(folder);
  if (paths.length === 0) throw new InputError(`${folder} holds no images: give a folder of PNG or JPEG files`);
  await requireApart(folder, out);
  const model = await readImageModel(checkpoint);
  const problem = model.model.problem(name);
  const { channels, height, width } = model.image;
  // An error in the options or the model would occur for every image: an image of zeros finds it.
  await restoreImage(model.model, problem, hostZeros([channels, height, width]), { ...sampler, seed });
  return { sampler, model, digest: await modelDigest(checkpoint), problem, paths, otherFiles };
}

/** Throws InputError if the results would be among the images of a later run. */
async function requireApart(folder: string, out: string): Promise<void> {
  const place = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));
  const inside = relative(await place(folder), await place(out));
  if (inside === "" || !(inside === ".." || inside.startsWith(`..${sep}`) || resolve(inside) === inside))
    throw new InputError(`--out ${out} lies among the images of ${folder}: name a folder outside it`);
}

/** Distinguishes a model's files from those of another model. */
async function modelDigest(folder: string): Promise<string> {
  const paths = ["checkpoint.json", "model.safetensors", "updates.json"].map((name) => join(folder, name));
  const digests: string[] = [];
  for (const path of paths) if (await exists(path)) digests.push((await sha256(path)).slice(0, 16));
  return digests.join("-");
}

/** Counts of all ranks together. */
async function summed(communicator: Communicator, own: readonly number[]): Promise<number[]> {
  const all = new Float32Array(own.length * communicator.size);
  await communicator.gather(Float32Array.from(own), all);
  return own.map((_, i) => all.reduce((sum, value, at) => (at % own.length === i ? sum + value : sum), 0));
}
