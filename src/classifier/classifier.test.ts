import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostArray, namedLeaves, type NDArray, randomSource } from "../array/index.js";
import { compile } from "../compile/index.js";
import { InputError, ShapeError } from "../errors.js";
import { encodeSafetensors } from "../storage/index.js";
import { initialiseClassifier } from "./classifier.js";
import { readClassifier, writeClassifier } from "./checkpoint.js";
import { type ClassifierTraining, crossEntropy, trainClassifier } from "./training.js";
import { accuracyOf, compileClassifier, loadClassifier } from "./classify.js";
import { type LabelledDataset, requireLabels, shiftedBatch } from "./labelled-images.js";

const image = { channels: 1, height: 10, width: 6 };
const network = { image, classes: 3, width: 4, features: 5 };
const training: ClassifierTraining = {
  seed: 1,
  epochs: 6,
  batchSize: 30,
  learningRate: 0.01,
  weightDecay: 0,
  shift: 1,
  mirror: false,
};

/** Images of a horizontal bar at the top, in the middle or at the bottom, with noise. */
function bars(count: number, seed: number): LabelledDataset {
  const random = randomSource(seed, "bars");
  const labels = Int32Array.from({ length: count }, () => random.integer(3));
  const images = Float32Array.from({ length: count * 60 }, (_, i) => {
    const [item, row] = [Math.floor(i / 60), Math.floor((i % 60) / 6)];
    return (Math.floor(row / 3.4) === labels[item] ? 0.7 : -0.7) + 0.3 * random.normal();
  });
  return { count, shape: image, images, labels };
}

describe("crossEntropy", () => {
  it("is -log of the labels' probabilities", async () => {
    const logits = hostArray([0, Math.log(3), 1000, 0], [2, 2]);
    const labels = hostArray(Int32Array.from([1, 1]), [2]);
    const compiled = await compile((x: NDArray, y: NDArray) => crossEntropy(x, y), [logits, labels], {
      backend: "jax",
    });
    const { data } = await compiled.run(logits, labels);
    expect(data[0]).toBeCloseTo((Math.log(4 / 3) + 1000) / 2, 3);
  });
});

describe("shiftedBatch", () => {
  const dataset = {
    count: 2,
    shape: { channels: 1, height: 2, width: 3 },
    images: Float32Array.from([9, 9, 9, 9, 9, 9, 1, 2, 3, 4, 5, 6]),
  };
  const shifted = (down: number, right: number): number[] => {
    const draws = [down + 1, right + 1];
    return Array.from(shiftedBatch(dataset, Int32Array.from([1]), 1, () => draws.shift() as number).data);
  };

  it("moves images and fills the edge with -1", () => {
    expect(shifted(0, 0)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(shifted(1, 0)).toEqual([-1, -1, -1, 1, 2, 3]);
    expect(shifted(-1, 1)).toEqual([-1, 4, 5, -1, -1, -1]);
    expect(shifted(0, -1)).toEqual([2, 3, -1, 5, 6, -1]);
  });

  it("turns the moved image left to right where a third draw says so", () => {
    const mirrored = (...draws: number[]): number[] =>
      Array.from(shiftedBatch(dataset, Int32Array.from([1]), 1, () => draws.shift() as number, true).data);
    expect(mirrored(1, 1, 0)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(mirrored(1, 1, 1)).toEqual([3, 2, 1, 6, 5, 4]);
    expect(mirrored(1, 2, 1)).toEqual([2, 1, -1, 5, 4, -1]);
  });
});

describe("a classifier", () => {
  it("learns, is saved and read back, and classifies any number of images", async () => {
    const dataset = bars(600, 1);
    const heldOut = bars(701, 2);
    const losses: number[] = [];
    const parameters = await trainClassifier(network, training, dataset, {
      onProgress: ({ measures }) => losses.push(measures.loss),
    });
    expect(losses.at(-1)).toBeLessThan(0.5);

    const folder = join(await mkdtemp(join(tmpdir(), "classifier-")), "model");
    await writeClassifier(folder, parameters, { network, data: "bars", training, accuracy: { test: 1 } });
    expect((await readdir(folder)).sort()).toEqual(["checkpoint.json", "checksums.json", "model.safetensors"]);
    const { metadata, parameters: read } = await readClassifier(folder);
    expect(metadata.parameterCount).toBe(
      namedLeaves(parameters).reduce((sum, { array }) => sum + array.data.length, 0),
    );
    namedLeaves(parameters).forEach(({ name, array }, leaf) => {
      const stored = namedLeaves(read)[leaf];
      expect(stored.name).toBe(name);
      expect(stored.array.shape).toEqual(array.shape);
      // Half precision has 11 significant bits.
      array.data.forEach((value, i) =>
        expect(Math.abs(stored.array.data[i] - value)).toBeLessThanOrEqual(Math.abs(value) / 2048 + 1e-7),
      );
    });

    const classifier = await loadClassifier(folder);
    // More than one batch, and the last one is not full.
    expect(await accuracyOf(classifier, heldOut)).toBeGreaterThan(0.95);
    const all = await classifier.classify(heldOut.images);
    const few = await classifier.classify(heldOut.images.subarray(690 * 60, 693 * 60));
    expect(few.labels).toEqual(all.labels.subarray(690, 693));
    few.features.forEach((value, i) => expect(value).toBeCloseTo(all.features[690 * 5 + i], 5));
    await expect(classifier.classify(new Float32Array(61))).rejects.toThrow(ShapeError);
    await classifier.dispose();
  });

  it("gives the same features on both engines", async () => {
    const parameters = initialiseClassifier(network, randomSource(3));
    const { images } = bars(4, 4);
    const [onnx, jax] = await Promise.all(
      (["onnx", "jax"] as const).map(async (backend) => {
        const classifier = await compileClassifier(network, parameters, { backend });
        const { features } = await classifier.classify(images);
        await classifier.dispose();
        return features;
      }),
    );
    onnx.forEach((value, i) => expect(value).toBeCloseTo(jax[i], 5));
    expect(new Set(onnx).size).toBeGreaterThan(10);
  });

  it("refuses what is no image, and values that are not finite", async () => {
    const classifier = await compileClassifier(network, initialiseClassifier(network, randomSource(3)));
    const { images } = bars(2, 4);
    await expect(classifier.classify(Array.from(images) as never)).rejects.toThrow(/images is .* a Float32Array/);
    await expect(classifier.classify(images.with(3, NaN))).rejects.toThrow("value 3 of the images is NaN");
    await classifier.dispose();
  });

  it("names the file and what is wrong with it", async () => {
    const folder = join(await mkdtemp(join(tmpdir(), "classifier-")), "model");
    await expect(readClassifier(folder)).rejects.toThrow(/checkpoint\.json cannot be read/);
    const parameters = initialiseClassifier(network, randomSource(3));
    await writeClassifier(folder, parameters, { network, data: "bars", training, accuracy: {} });
    const path = join(folder, "checkpoint.json");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace('"classes": 3', '"classes": 4'));
    await expect(readClassifier(folder)).rejects.toThrow(/checkpoint\.json is damaged/);
    await rm(join(folder, "checksums.json"));
    await expect(readClassifier(folder)).rejects.toThrow(/model\.safetensors: tensor output\.weight/);
    await writeFile(path, text.replace('"classifier"', '"other"'));
    await expect(readClassifier(folder)).rejects.toThrow(InputError);
  });
});

describe("a classifier's folder is refused", () => {
  let temporary = "";
  beforeAll(async () => {
    temporary = await mkdtemp(join(tmpdir(), "classifier-"));
  });
  afterAll(() => rm(temporary, { recursive: true }));

  /** Writes a classifier with the weights of a seed, and returns its folder. */
  const written = async (seed: number): Promise<string> => {
    const folder = join(temporary, `model-${seed}`);
    const parameters = initialiseClassifier(network, randomSource(seed));
    await writeClassifier(folder, parameters, { network, data: `bars ${seed}`, training, accuracy: {} });
    return folder;
  };

  it.each(["model.safetensors", "checkpoint.json", "checksums.json"])("with any bit of %s turned", async (name) => {
    const folder = await written(3);
    const whole = await readFile(join(folder, name));
    const random = randomSource(5, name);
    // In the first and in the last byte, and anywhere.
    for (const place of [0, whole.length - 1, ...Array.from({ length: 30 }, () => random.integer(whole.length))]) {
      const bytes = Buffer.from(whole);
      bytes[place] ^= 1 << random.integer(8);
      await writeFile(join(folder, name), bytes);
      const reading = readClassifier(folder);
      await expect(reading, `byte ${place}`).rejects.toThrow(InputError);
      await expect(reading).rejects.toThrow(folder);
    }
  });

  it.each(["model.safetensors", "checkpoint.json"])("with %s of another classifier", async (name) => {
    const [folder, other] = await Promise.all([written(3), written(4)]);
    await readClassifier(folder);
    await cp(join(other, name), join(folder, name));
    const reading = readClassifier(folder);
    await expect(reading).rejects.toThrow(InputError);
    await expect(reading).rejects.toThrow(`${name} is damaged, or belongs to another folder`);
  });

  it("with a weight that is not a number", async () => {
    const folder = await written(3);
    const { parameters } = await readClassifier(folder);
    const { name, array } = namedLeaves(parameters)[0];
    array.data[1] = NaN;
    const tensors = new Map(namedLeaves(parameters).map((leaf) => [leaf.name, leaf.array]));
    await writeFile(join(folder, "model.safetensors"), encodeSafetensors(tensors));
    await rm(join(folder, "checksums.json"));
    const reading = readClassifier(folder);
    await expect(reading).rejects.toThrow(InputError);
    await expect(reading).rejects.toThrow(`${name} holds NaN at place 1`);
  });
});

describe("requireLabels", () => {
  it("refuses a data set without labels", () => {
    const { labels: _, ...unlabelled } = bars(2, 1);
    expect(() => requireLabels(unlabelled, "bars")).toThrow("bars has no labels");
  });
});
