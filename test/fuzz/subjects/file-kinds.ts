import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { hostArray, hostFull, namedLeaves, randomSource } from "../../../src/array/index.js";
import { autoencoderKl, mlp } from "../../../src/public/models.js";
import { fromArrays, flowMatching, readLog, train } from "../../../src/public/train.js";
import {
  encodeObservation,
  loadCheckpoint,
  readAutoencoder,
  writeAutoencoder,
} from "../../../src/public/checkpoint.js";
import { imageProblem, observe } from "../../../src/public/operators.js";
import { loadImageFolder, readImage } from "../../../src/public/node.js";
import { initialiseClassifier } from "../../../src/classifier/classifier.js";
import { readClassifier, writeClassifier } from "../../../src/classifier/checkpoint.js";
import { openCheckpointFile } from "../../../src/checkpoint/import/index.js";
import { writeUpdates } from "../../../src/checkpoint/index.js";
import { restoreFolder, wholeShard } from "../../../src/restore/index.js";
import { readObservation } from "../../../src/cli/observation-file.js";
import { readIdxBytes, readIdxIntegers, writeIdx } from "../../../src/node/data/idx.js";
import { checkedTuned, readResults, readSuite } from "../../../studies/images/index.js";
import { decodeSafetensors, encodeSafetensors, readInput, readJson } from "../../../src/storage/index.js";
import { lock } from "../../../src/storage/files.js";
import { readTrainConfig } from "../../../src/train/configuration/index.js";
import { startTraining } from "../../../src/train/run-state.js";
import { readPosition, readState, saveState } from "../../../src/train/state-files.js";
import { writeTinyCheckpoint } from "../../support/tiny-model.js";
import { type Damaged } from "../damage.js";
import { complaintAbout } from "../subject.js";

/** A kind of file, or of folder: what writes it, and what reads it. */
export interface FileKind {
  readonly name: string;
  /** Writes a valid one into an empty folder. */
  write(folder: string): Promise<void>;
  /** Reads it; what comes out has to be finite. */
  read(folder: string): Promise<unknown>;
  /** The files that are damaged; all of them if not given. */
  readonly files?: (name: string) => boolean;
  /** Which damage has to be refused: any that changes a byte ("bytes"), or a JSON value ("json"); else it may be accepted. */
  readonly sure?: (file: string) => "bytes" | "json" | undefined;
  /** Contents of a file that have to be refused, where damage by chance seldom makes them. */
  readonly refused?: (file: string) => readonly Damaged[];
  /** Whether its JSON is damaged entry by entry too. */
  readonly json?: boolean;
  readonly weight?: number;
}

const image = { channels: 1, height: 8, width: 8 };
const state = {
  flowMap: startTraining([{ weight: hostArray([1, 2], [2]) }]),
  adapter: { parameters: hostArray([3], [1]) },
};
const position = {
  stage: 0,
  step: 7,
  seconds: 1.5,
  complete: false,
  history: [{ kind: "flow-matching", steps: 3, seconds: 0.25 }],
};
const picture = sharp({
  create: {
    width: 12,
    height: 10,
    channels: 3,
    background: "#804020",
    noise: { type: "gaussian", mean: 128, sigma: 40 },
  },
});
const colour = { channels: 3, height: 8, width: 8 };
const pictures: FileKind[] = (["png", "jpeg", "tiff", "webp", "gif", "avif"] as const).map((format) => ({
  name: `files.${format}`,
  write: async (folder) => {
    const file = join(folder, `image.${format}`);
    await picture.clone().toFormat(format).toFile(file);
  },
  read: async (folder) => {
    const { data, shape } = await readImage(join(folder, `image.${format}`), colour);
    if (shape.join() !== "3,8,8" || data.some((value) => value < -1 || value > 1)) throw new Error("a wrong image");
    return data;
  },
}));

/** The files of the suite of images, and what reads them. */
const suiteFiles: readonly (readonly [name: string, read: (path: string) => Promise<unknown>])[] = [
  ["suite", (path) => readSuite(path, ".")],
  ["tuned", (path) => readJson(path, checkedTuned)],
  ["results", readResults],
];

/** A file of this header and eight bytes. */
function safetensorsOf(how: string, header: string): Damaged {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return { how, bytes: new Uint8Array(Buffer.concat([length, Buffer.from(header), Buffer.alloc(8)])) };
}

/** Every kind of file and folder that is read. */
export const fileKinds: readonly FileKind[] = [
  ...pictures,
  {
    name: "files.checkpoint",
    write: async (folder) => {
      await writeTinyCheckpoint(folder);
      const settings = { temperature: 0.9, residual: 0.1, power: 1, saturation: 0 };
      await writeUpdates(folder, {
        format: 1,
        variances: new Array<number>(64).fill(0.1),
        problems: { denoise: settings },
      });
    },
    read: readModel,
    sure: (file) => (file === "checksums.json" ? undefined : "bytes"),
    weight: 2,
  },
  {
    name: "files.older-checkpoint",
    write: async (folder) => {
      await writeTinyCheckpoint(folder);
      await rm(join(folder, "checksums.json"));
    },
    read: readModel,
    json: true,
    weight: 2,
  },
  {
    name: "files.safetensors",
    write: (folder) =>
      writeFile(
        join(folder, "arrays.safetensors"),
        encodeSafetensors(
          new Map([
            ["a.b", hostFull([2, 3], 0.5)],
            ["c", hostArray(Int32Array.of(1, 2), [2])],
          ]),
          {
            metadata: { made: "here" },
          },
        ),
      ),
    refused: () => [
      safetensorsOf(
        "a key twice",
        '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
      ),
      safetensorsOf(
        "two arrays in one place",
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
      ),
      safetensorsOf("an array beyond the end", '{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}'),
      safetensorsOf("an array of another size", '{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}'),
      safetensorsOf("a type that is none", '{"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}'),
    ],
    read: async (folder) => {
      const path = join(folder, "arrays.safetensors");
      // The format holds any number; only that of its form is judged here.
      decodeSafetensors(await readInput(path), path);
    },
    weight: 2,
  },
  {
    name: "files.observation",
    write: async (folder) => {
      const problem = imageProblem("inpaint-box", { sigma: 0.1 });
      const y = await observe(problem, hostFull([1, 1, 8, 8], 0.5), { seed: 1, backend: "jax" });
      await writeFile(join(folder, "y.safetensors"), encodeObservation(y));
    },
    read: async (folder) => {
      const { y } = (await readObservation(
        join(folder, "y.safetensors"),
        imageProblem("inpaint-box", { sigma: 0.1 }),
        image,
      )) as { y?: unknown };
      return y;
    },
    weight: 2,
  },
  {
    name: "files.state",
    write: (folder) => saveState(folder, state, position),
    read: async (folder) => {
      const found = await readPosition(folder);
      return found && readState(folder, found.position, state);
    },
    sure: (file) => (file.endsWith("checksums.json") ? undefined : "bytes"),
  },
  {
    name: "files.older-state",
    write: async (folder) => {
      await saveState(folder, state, position);
      await rm(join(folder, "00-00000007", "checksums.json"));
    },
    read: async (folder) => {
      const found = await readPosition(folder);
      return found && readState(folder, found.position, state);
    },
    json: true,
  },
  {
    name: "files.classifier",
    write: async (folder) => {
      const network = { image, classes: 3, width: 2, features: 2 };
      const training = { seed: 0, epochs: 1, batchSize: 1, learningRate: 1, weightDecay: 0, shift: 0, mirror: false };
      await writeClassifier(folder, initialiseClassifier(network, randomSource(0)), {
        network,
        data: "none",
        training,
        accuracy: { test: 0.5 },
      });
    },
    read: readClassifier,
    sure: (file) => (file === "checksums.json" ? undefined : "bytes"),
  },
  {
    name: "files.autoencoder",
    write: async (folder) => {
      const network = autoencoderKl({ imageShape: [1, 8, 8], channels: [4, 4], latentChannels: 2, groups: 2 });
      await writeAutoencoder(
        folder,
        { config: network.config, parameters: network.initialise(randomSource(0)) },
        "float32",
      );
    },
    read: readAutoencoder,
    sure: (file) => (file === "checksums.json" ? undefined : "bytes"),
  },
  {
    name: "files.idx",
    write: async (folder) => {
      await writeIdx(join(folder, "pixels"), { shape: [2, 3, 3], data: Uint8Array.from({ length: 18 }, (_, i) => i) });
      await writeIdx(join(folder, "labels"), { shape: [2], data: Int32Array.of(1, 0) });
    },
    read: async (folder) => [
      await readIdxBytes(join(folder, "pixels"), 3, "write them again"),
      await readIdxIntegers(join(folder, "labels"), 1, "write them again"),
    ],
  },
  {
    name: "files.configuration",
    write: (folder) =>
      writeFile(
        join(folder, "config.json"),
        JSON.stringify({
          seed: 1,
          data: { kind: "checkerboard", points: 100 },
          flowMap: { model: "mlp", shape: [2], width: 8, depth: 1 },
          adapter: { model: "mlp", shape: [2], observationShape: [2], width: 8, depth: 1 },
          problems: [{ name: "first-coordinate", sigma: 0.1 }],
          stages: [
            {
              kind: "flow-matching",
              steps: 5,
              batchSize: 8,
              learningRate: 1e-3,
              schedule: { warmUp: 3, cosineShare: 0.5 },
            },
            {
              kind: "joint",
              steps: 10,
              batchSize: 12,
              learningRate: { flowMap: 1e-4, adapter: 1e-3 },
              tau: { start: 1, end: 0.5 },
            },
          ],
          checkpointEvery: { steps: 3 },
        }),
      ),
    read: (folder) => readTrainConfig(join(folder, "config.json")),
    json: true,
    weight: 3,
  },
  {
    name: "files.torch",
    write: async (folder) =>
      writeFile(join(folder, "model.pt"), await readFile(new URL("../../fixtures/import/good.pt", import.meta.url))),
    read: async (folder) => {
      const source = await openCheckpointFile(join(folder, "model.pt"));
      try {
        // What is no tensor is kept in the list, and named where it is wanted.
        for (const { unreadable, read } of source.tensors.values()) if (unreadable === undefined) await read();
      } finally {
        await source.close();
      }
    },
    weight: 2,
  },
  ...suiteFiles.map(([name, read]): FileKind => ({
    name: `files.${name}`,
    write: async (folder) =>
      writeFile(
        join(folder, `${name}.json`),
        await readFile(new URL(`../../../benchmarks/images/${name}.json`, import.meta.url)),
      ),
    read: (folder) => read(join(folder, `${name}.json`)),
    json: true,
    weight: 0.5,
  })),
  {
    name: "files.onnx",
    write: (folder) =>
      writeFile(join(folder, "graph.onnx"), Uint8Array.of(8, 8, 0x12, 7, ...Buffer.from("pytorch"), 0x3a, 0)),
    // A graph of weights without layers is no checkpoint, damaged or not.
    read: (folder) =>
      openCheckpointFile(join(folder, "graph.onnx")).then(
        () => {
          throw new Error("it was opened");
        },
        (error: unknown) => {
          if (complaintAbout(error, [folder]) !== undefined) throw error;
        },
      ),
    weight: 0.5,
  },
  {
    name: "files.log",
    write: (folder) =>
      writeFile(
        join(folder, "log.jsonl"),
        [1, 2]
          .map(
            (step) =>
              `${JSON.stringify({ stage: 0, kind: "joint", step, seconds: 1, learningRate: 1e-3, measures: { loss: 1 } })}\n`,
          )
          .join(""),
      ),
    read: (folder) => readLog(join(folder, "log.jsonl")),
  },
  {
    name: "files.lock",
    write: (folder) =>
      writeFile(join(folder, "lock.json"), JSON.stringify({ processId: 2 ** 22 + 1, host: "elsewhere" })),
    read: async (folder) => {
      const release = await lock(folder).catch((error: Error) => {
        // A lock that names somebody is held: that is what it is for.
        if (error.message.includes("is in use by process")) return async () => undefined;
        throw error;
      });
      await release();
    },
    json: true,
  },
  {
    name: "files.image-folder",
    write: async (folder) => {
      for (const name of ["cats/1.png", "cats/2.png", "dogs/1.png"]) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await picture.clone().png().toFile(join(folder, name));
      }
    },
    read: async (folder) => (await loadImageFolder(folder, colour)).images,
  },
  {
    name: "files.restored-folder",
    write: async (folder) => {
      await restoreFolder({ ...restored, out: folder, resume: false });
    },
    read: async (folder) => {
      const { done, skipped, failed } = await restoreFolder({ ...restored, out: folder, resume: true });
      if (done + skipped !== 2 || failed > 0) throw new Error("an image is missing");
      const names = await Promise.all(restored.paths.map((path) => readFile(join(folder, path, "values.txt"), "utf8")));
      // What the images themselves hold is read by those who wanted them.
      if (names.length !== 2) throw new Error("an image has no file");
    },
    files: (name) => !name.endsWith("values.txt"),
    json: true,
  },
  {
    name: "files.run",
    write: async (folder) => {
      await train(ownRun, { out: folder, backend: "jax" });
    },
    read: async (folder) => {
      const { networks } = await train(ownRun, { out: folder, backend: "jax", resume: true });
      return Object.values(networks).flatMap((tree) => namedLeaves(tree).map(({ array }) => array.data));
    },
    files: (name) => !name.startsWith("checkpoint") && name !== "lock.json",
    weight: 0.3,
  },
];

const restored = {
  paths: ["a.png", "b.png"],
  settings: { problem: "denoise", samples: 2 },
  shard: wholeShard,
  restore: async () => ({ about: {}, files: new Map([["values.txt", () => Buffer.from("1 2 3")]]) }),
};

const ownRun = {
  seed: 1,
  data: fromArrays(
    hostArray(
      Float32Array.from({ length: 20 }, (_, i) => Math.sin(i)),
      [10, 2],
    ),
  ),
  flowMap: mlp({ shape: [2], width: 4, depth: 1 }),
  stages: [flowMatching({ steps: 2, batchSize: 4, learningRate: 1e-3 })],
};

async function readModel(folder: string): Promise<unknown> {
  const { model } = await loadCheckpoint(folder);
  return [model.parameters, [...(model.updates ?? [])]];
}
