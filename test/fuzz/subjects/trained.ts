import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { randomSource } from "../../../src/public/array.js";
import * as checkpoint from "../../../src/public/checkpoint.js";
import { loadClassifier } from "../../../src/public/classifier.js";
import { problemSamplerOnnx, restoreImage, samplerOnnx } from "../../../src/public/vfm.js";
import { initialiseClassifier } from "../../../src/classifier/classifier.js";
import { writeClassifier } from "../../../src/classifier/checkpoint.js";
import { parseShard } from "../../../src/restore/index.js";
import { writeTinyCheckpoint } from "../../support/tiny-model.js";
import { count, engineRules, odd, optionalCount, seed } from "../option-rules.js";
import { ofFunction, type Subject, type Wrong } from "../subject.js";
import { array, float32, integer, notBoolean, notHostArray, notNumber, notOneOf, notOptions } from "../values.js";

const one =
  (...wrong: unknown[]): Wrong =>
  () =>
    fc.constantFrom(...wrong);
const noPlace: readonly unknown[] = [undefined, null, 7, "", {}, [], NaN, true, () => 1, Symbol("s"), "a\u0000b"];
const notOwn = one(
  null,
  7,
  "foo",
  [],
  { flowmap: {} },
  { flowMap: 7 },
  { adapter: {} },
  { problems: 7 },
  { problems: [7] },
);
const classifierNetwork = { image: { channels: 1, height: 8, width: 8 }, classes: 3, width: 2, features: 2 };

/** What needs a trained model on disk: loading, the classifier, exports, and the restoration of images. */
export async function trainedSubjects(): Promise<{ subjects: Subject[]; close(): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), "vfm-fuzz-trained-"));
  const [folder, classifierFolder] = [join(root, "model"), join(root, "classifier")];
  await writeTinyCheckpoint(folder);
  await writeClassifier(classifierFolder, initialiseClassifier(classifierNetwork, randomSource(0)), {
    network: classifierNetwork,
    data: "none",
    training: { seed: 0, epochs: 1, batchSize: 1, learningRate: 1, weightDecay: 0, shift: 0, mirror: false },
    accuracy: { test: 0.5 },
  });
  const { model } = await checkpoint.loadCheckpoint(folder);
  const classifier = await loadClassifier(classifierFolder, { backend: "jax", batchSize: 4 });
  const elsewhere = [join(root, "nowhere"), root, join(folder, "model.safetensors"), "no-such-model"];
  const own = fc.constantFrom<object>({}, { problems: [model.problem("denoise")] });

  const loading = (["loadModel", "loadCheckpoint", "readCheckpoint"] as const).map((name) =>
    ofFunction({
      name: `checkpoint.${name}`,
      call: (place: string, parts: object): Promise<unknown> => checkpoint[name](place, parts),
      finite: false,
      valid: fc.tuple(fc.constant(folder), name === "readCheckpoint" ? fc.constant({}) : own),
      wrong: [one(...noPlace, ...elsewhere), notOwn],
    }),
  );
  const subjects: Subject[] = [
    ...loading,
    ofFunction({
      name: "checkpoint.loadConditional",
      // The model has none, which is said as well.
      call: (place: string) =>
        checkpoint.loadConditional(place).catch((error: Error) => {
          if (!error.message.includes("has no conditional flow map")) throw error;
        }),
      valid: fc.tuple(fc.constant(folder)),
      wrong: [one(...noPlace, ...elsewhere)],
      weight: 0.3,
    }),
    ofFunction({
      name: "classifier.loadClassifier",
      weight: 0.5,
      call: async (place: string, options: object) => (await loadClassifier(place, options)).dispose(),
      valid: fc.tuple(fc.constant(classifierFolder), fc.constant({ backend: "jax", batchSize: 2 })),
      wrong: [
        one(...noPlace, ...elsewhere, folder),
        notOptions({ batchSize: optionalCount, replicas: optionalCount, reuseOutputs: notBoolean, ...engineRules }),
      ],
    }),
    ofFunction({
      name: "classifier.classify",
      call: (images: Float32Array) => classifier.classify(images),
      valid: integer(1, 5).chain((n) => fc.tuple(float32(64 * n))),
      wrong: [
        one(
          undefined,
          null,
          7,
          "foo",
          {},
          [],
          new Float32Array(63),
          new Float64Array(64),
          new Float32Array(64).fill(NaN),
        ),
      ],
      holds: ({ labels }, images) =>
        labels.length === images.length / 64 && labels.every((label) => label >= 0 && label < 3)
          ? undefined
          : "the labels are wrong",
    }),
    ofFunction({
      name: "vfm.samplerOnnx",
      weight: 0.5,
      call: samplerOnnx,
      finite: false,
      valid: fc.tuple(fc.constant(model), fc.record({ steps: integer(1, 2), batch: integer(1, 3) })),
      wrong: [odd, notOptions({ steps: count, batch: count }, { required: ["steps", "batch"] })],
    }),
    ofFunction({
      name: "vfm.problemSamplerOnnx",
      weight: 0.5,
      call: problemSamplerOnnx,
      finite: false,
      valid: fc.tuple(
        fc.constant(model),
        fc.constantFrom(model.problem("denoise"), model.problem("inpaint-box")),
        fc.record({ steps: integer(1, 2), batch: integer(1, 3) }),
      ),
      wrong: [odd, odd, notOptions({ steps: count, batch: count }, { required: ["steps", "batch"] })],
    }),
    ofFunction({
      name: "vfm.restoreImage",
      call: restoreImage,
      valid: fc.tuple(
        fc.constant(model),
        fc.constantFrom(model.problem("denoise"), model.problem("super-resolution")),
        fc.tuple(integer(8, 12), integer(8, 12)).chain(([height, width]) => array([1, height, width], -1, 1)),
        fc.record({
          samples: integer(1, 2),
          seed: integer(0, 9),
          degrade: fc.boolean(),
          overlap: fc.constantFrom(0, 0.5),
          backend: fc.constant("jax" as const),
        }),
      ),
      wrong: [
        odd,
        odd,
        notHostArray({ shapes: [[8], [1, 4, 4], [3, 8, 8], [8, 8], [1, 1, 8, 8]] }),
        notOptions(
          {
            samples: count,
            seed,
            steps: optionalCount,
            sampler: notOneOf(["euler", "restart", "ctm"], { optional: true }),
            degrade: notBoolean,
            overlap: notNumber({ min: 0, below: 1, optional: true }),
            sharedNoise: notBoolean,
            keepVariance: notBoolean,
            ...engineRules,
          },
          { required: ["samples", "seed"] },
        ),
      ],
      holds: ({ samples: { shape } }, _model, _problem, image, { samples }) => {
        const [, height, width] = image.shape;
        return shape[0] === samples && shape[2] <= height && shape[3] <= width && shape[2] > height - 4
          ? undefined
          : `the samples are [${shape.join(", ")}]`;
      },
    }),
    ofFunction({
      name: "restore.parseShard",
      weight: 0.3,
      call: parseShard,
      valid: integer(1, 9).chain((parts) => integer(1, parts).map((part): [string] => [`${part}/${parts}`])),
      wrong: [one("0/3", "4/3", "1", "1/0", "-1/2", "1/2/3", "1.5/2", " 1/2", "9007199254740993/9007199254740993")],
    }),
  ];
  return {
    subjects,
    close: async () => {
      await classifier.dispose();
      await rm(root, { recursive: true, force: true });
    },
  };
}
