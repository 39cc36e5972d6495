import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostFull } from "../../array/index.js";
import { InputError } from "../../errors.js";
import { writePng } from "./image-file.js";
import { openImageStream } from "./image-stream.js";
import { loadImages } from "./load-images.js";

const shape = { channels: 3, height: 4, width: 4 };
let folder = "";

/** Writes an image in ImageNet's layout: `part`/<class>/<image>.JPEG, with a single value, 3 x 4 x 6. */
async function writeImage(part: string, wordNet: string, name: string, value: number): Promise<void> {
  const path = join(folder, part, wordNet, name);
  await mkdir(join(folder, part, wordNet), { recursive: true });
  await writePng(`${path}.png`, hostFull([3, 4, 6], value));
  await rename(`${path}.png`, `${path}.JPEG`);
}

const values = [-1, -0.6, -0.2, 0.2, 0.6];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-stream-"));
  await Promise.all(
    values.map((value, i) => writeImage("train", i < 2 ? "n01440764" : "n01443537", `image_${i}`, value)),
  );
  await Promise.all(values.map((value, i) => writeImage("val", i < 3 ? "n01440764" : "n01443537", `val_${i}`, value)));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("an image stream", () => {
  it("numbers images and classes in the order of their names", async () => {
    const stream = await openImageStream(join(folder, "train"), shape);
    expect(stream.count).toBe(5);
    expect(stream.labelNames).toEqual(["n01440764", "n01443537"]);
    expect([...stream.labels]).toEqual([0, 0, 1, 1, 1]);
  });

  it("reads a batch in the order asked for, whether it was read ahead or not", async () => {
    const stream = await openImageStream(join(folder, "train"), shape);
    const [first, second] = [Int32Array.of(3, 0), Int32Array.of(4, 4, 1)];
    const firsts = ({ data }: { data: ArrayLike<number> }): number[] =>
      Array.from({ length: data.length / 48 }, (_, i) => data[i * 48]);
    const expected = (indices: Int32Array): number[] => [...indices].map((i) => values[i]);
    const expectValues = (actual: number[], wanted: number[]): void => {
      expect(actual).toHaveLength(wanted.length);
      actual.forEach((value, i) => expect(Math.abs(value - wanted[i])).toBeLessThan(1 / 127));
    };
    const read = await stream.take(first, second);
    expect(read.shape).toEqual([2, 3, 4, 4]);
    expectValues(firsts(read), expected(first));
    expectValues(firsts(await stream.take(second, first)), expected(second));
    // A batch other than the announced one, and then the announced one.
    expectValues(firsts(await stream.take(second)), expected(second));
    expectValues(firsts(await stream.take(first)), expected(first));
  });

  it("names a file that is no image, or was cut off, before any batch", async () => {
    const damaged = join(folder, "damaged");
    await writeImage("damaged", "n1", "a", 0);
    const whole = await readFile(join(damaged, "n1", "a.JPEG"));
    for (const content of ["no image", whole.subarray(0, whole.length - 20)]) {
      await writeFile(join(damaged, "n1", "b.JPEG"), content);
      const opening = openImageStream(damaged, shape);
      await expect(opening).rejects.toThrow(InputError);
      await expect(opening).rejects.toThrow("b.JPEG");
    }
    await rm(damaged, { recursive: true });
  });

  it("names a file that is damaged inside when its batch is asked for", async () => {
    await writeImage("inside", "n1", "a", 0);
    await writeImage("inside", "n1", "b", 0);
    const path = join(folder, "inside", "n1", "b.JPEG");
    const bytes = await readFile(path);
    bytes.fill(0, 40, 60);
    await writeFile(path, bytes);
    const stream = await openImageStream(join(folder, "inside"), shape);
    await stream.take(Int32Array.of(0), Int32Array.of(1));
    await expect(stream.take(Int32Array.of(1))).rejects.toThrow("b.JPEG");
  });

  it.each(["nowhere", "flat"])("refuses a folder without classes: %s", async (name) => {
    const path = join(folder, name);
    if (name === "flat") {
      await mkdir(path);
      await writePng(join(path, "a.JPEG"), hostFull([3, 4, 4], 0));
    }
    await expect(openImageStream(path, shape)).rejects.toThrow(InputError);
  });
});

describe("ImageNet's layout as data", () => {
  it("holds out evenly spaced images of val", async () => {
    const config = { kind: "imagenet", folder, size: 4, heldOut: 2 } as const;
    const { count, labels, images } = await loadImages(config, "test");
    expect(count).toBe(2);
    expect([...(labels ?? [])]).toEqual([0, 0]);
    expect(Math.abs(images[48] - values[2])).toBeLessThan(1 / 127);
    expect((await loadImages(config, "train")).count).toBe(5);
  });

  it("validates on other images than it holds out", async () => {
    for (const heldOut of [1, 2, 3, 100]) {
      const config = { kind: "imagenet", folder, size: 4, heldOut } as const;
      const [test, validation] = await Promise.all(
        (["test", "validation"] as const).map(async (split) => (await loadImages(config, split)).images),
      );
      const rows = (images: Float32Array) =>
        Array.from({ length: images.length / 48 }, (_, i) => images.subarray(48 * i, 48 * (i + 1)).join());
      for (const part of [test, validation]) expect(rows(part)).toHaveLength(Math.min(heldOut, 2));
      expect(rows(validation).filter((row) => rows(test).includes(row))).toEqual([]);
    }
  });
});
