import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostArray, type HostArray, randomSource } from "../../array/index.js";
import { InputError, ShapeError } from "../../errors.js";
import { gatherImages, type ImageShape, requireFinite } from "../../data/index.js";
import { encodePng, readImage, writePng } from "./image-file.js";
import { loadImageFolder } from "./image-folder.js";
import { imageGrid } from "../../data/index.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "images-"));
});
afterAll(() => rm(folder, { recursive: true }));

const gray: ImageShape = { channels: 1, height: 12, width: 10 };
const colour: ImageShape = { channels: 3, height: 12, width: 10 };

/** An image whose values are exact in 8 bits. */
function randomImage({ channels, height, width }: ImageShape, seed: number): HostArray {
  const random = randomSource(seed);
  const values = Array.from({ length: channels * height * width }, () => random.integer(256) / 127.5 - 1);
  return hostArray(values, [channels, height, width]);
}

/** The error message of a promise, which must be one line. */
async function complaint(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof InputError)) throw new Error(`expected an InputError, got ${String(error)}`);
  expect(error.message).not.toMatch(/\n/);
  return error.message;
}

describe("image files", () => {
  it.each([gray, colour])("keeps every pixel of a PNG with $channels channels", async (shape) => {
    const path = join(folder, `round-trip-${shape.channels}.png`);
    const image = randomImage(shape, 1);
    await writePng(path, image);
    expect((await sharp(path).stats()).channels).toHaveLength(shape.channels);
    expect(await readImage(path, shape)).toEqual(image);
  });

  it("limits values outside [-1, 1] and rounds to the nearest of 256 levels", async () => {
    const path = join(folder, "limited.png");
    await writePng(path, hostArray([-7, 7, 0.001, 2 / 255 - 1 + 0.003], [1, 2, 2]));
    const pixels = await sharp(path).toColourspace("b-w").raw().toBuffer();
    expect([...pixels]).toEqual([0, 255, 128, 1]);
  });

  it("resizes and cuts out the centre", async () => {
    // Black, with a white centre third that fills the crop of a wide image.
    const pixels = Buffer.from(Array.from({ length: 30 * 10 }, (_, i) => (i % 30 >= 10 && i % 30 < 20 ? 255 : 0)));
    const path = join(folder, "wide.png");
    await sharp(pixels, { raw: { width: 30, height: 10, channels: 1 } })
      .toColourspace("b-w")
      .toFile(path);
    const { shape, data } = await readImage(path, { channels: 1, height: 10, width: 10 });
    expect(shape).toEqual([1, 10, 10]);
    expect(data.every((value) => value === 1)).toBe(true);
    expect((await readImage(path, { channels: 1, height: 5, width: 5 })).shape).toEqual([1, 5, 5]);
    expect(await complaint(readImage(path, { channels: 1, height: 5, width: 5 }, { size: "exact" }))).toMatch(
      /wide\.png is 30 x 10 pixels, but 5 x 5 are wanted/,
    );
  });

  it("names the file that is missing, empty, truncated or not an image", async () => {
    const png = await encodePng(randomImage(colour, 2));
    const write = async (name: string, bytes: Uint8Array | string): Promise<string> => {
      await writeFile(join(folder, name), bytes);
      return complaint(readImage(join(folder, name), colour));
    };
    expect(await complaint(readImage(join(folder, "no.png"), gray))).toMatch(
      /no\.png cannot be read \(ENOENT\): check the path, there is no such file or folder/,
    );
    expect(await complaint(readImage(folder, gray))).toMatch(
      /cannot be read \(EISDIR\): check the path, it is a folder/,
    );
    expect(await write("half.png", png.subarray(0, png.length / 2))).toMatch(/half\.png is damaged or cut off/);
    expect(await write("head.png", png.subarray(0, 20))).toMatch(/head\.png is not an image/);
    expect(await write("text.png", "hello")).toMatch(/text\.png is not an image/);
    expect(await write("empty.png", "")).toMatch(/empty\.png is not an image/);
  });

  it("writes nothing for NaN or a shape that is no image", async () => {
    const place = join(folder, "nothing");
    await mkdir(place);
    const image = randomImage(colour, 5);
    image.data[2 * 120 + 3 * 10 + 7] = NaN;
    expect(await complaint(writePng(join(place, "x.png"), image))).toMatch(/holds NaN at \[2, 3, 7\]/);
    await expect(writePng(join(place, "x.png"), hostArray([1, 2], [2, 1, 1]))).rejects.toThrow(ShapeError);
    expect(await readdir(place)).toEqual([]);
    expect(() => requireFinite(hostArray([0, Infinity], [2]), "y")).toThrow("y holds Infinity at [1]");
  });
});

describe("image folder", () => {
  it("loads all images in the order of their paths, with the first subfolder as label", async () => {
    const place = join(folder, "labelled");
    const images = [6, 7, 8].map((seed) => randomImage(gray, seed));
    await writePng(join(place, "dog", "1.png"), images[2]);
    await writePng(join(place, "cat", "deep", "2.png"), images[1]);
    await writePng(join(place, "cat", "1.png"), images[0]);
    await writeFile(join(place, ".hidden"), "passed over");
    const dataset = await loadImageFolder(place, gray);
    expect(dataset).toMatchObject({ count: 3, shape: gray, labelNames: ["cat", "dog"] });
    expect([...(dataset.labels ?? [])]).toEqual([0, 0, 1]);
    const gathered = gatherImages(dataset, [2, 0]);
    expect(gathered.shape).toEqual([2, 1, 12, 10]);
    expect([...gathered.data]).toEqual([...images[2].data, ...images[0].data]);
    expect(() => gatherImages(dataset, [3])).toThrow("image 3 does not exist: the data set has 3");
  });

  it("numbers labels in the order of their names, where one begins with another", async () => {
    const place = join(folder, "prefixed");
    await writePng(join(place, "cat-wild", "1.png"), randomImage(gray, 6));
    await writePng(join(place, "cat", "1.png"), randomImage(gray, 7));
    const { labels, labelNames } = await loadImageFolder(place, gray);
    expect(labelNames).toEqual(["cat", "cat-wild"]);
    expect([...(labels ?? [])]).toEqual([1, 0]);
  });

  it("has no labels where an image lies in the folder itself", async () => {
    const place = join(folder, "flat");
    await writePng(join(place, "1.png"), randomImage(colour, 9));
    await writePng(join(place, "sub", "2.png"), randomImage(gray, 10));
    const dataset = await loadImageFolder(place, { channels: 3, height: 6, width: 6 });
    expect(dataset.labels).toBeUndefined();
    expect(dataset.images).toHaveLength(2 * 3 * 36);
  });

  it("says what is wrong with a folder", async () => {
    const place = join(folder, "bad");
    await mkdir(join(place, "empty"), { recursive: true });
    expect(await complaint(loadImageFolder(join(place, "none"), gray))).toMatch(/none cannot be read as a folder/);
    expect(await complaint(loadImageFolder(join(place, "empty"), gray))).toMatch(/empty holds no images/);
    await writeFile(join(place, "notes.png"), "not an image");
    expect(await complaint(loadImageFolder(place, gray))).toMatch(/notes\.png is not an image/);
    const png = await readFile(join(folder, "labelled", "dog", "1.png"));
    await writeFile(join(place, "notes.png"), png.subarray(0, png.length - 30));
    expect(await complaint(loadImageFolder(place, gray))).toMatch(/notes\.png is damaged or cut off/);
  });
});

describe("image grid", () => {
  it("puts every image in its place and black between them", () => {
    const images = hostArray([1, 2, 3, 4, 5, 6], [3, 1, 1, 2]);
    expect(() => imageGrid(hostArray([], [0, 1, 2, 2]))).toThrow(/imageGrid: there are no images/);
    const { shape, data } = imageGrid(images, { columns: 2, gap: 1 });
    expect(shape).toEqual([1, 3, 5]);
    // prettier-ignore
    expect([...data]).toEqual([
      1, 2, -1, 3, 4,
      -1, -1, -1, -1, -1,
      5, 6, -1, -1, -1,
    ]);
  });

  it("is as near to a square as it can be, channel by channel", () => {
    expect(imageGrid(hostArray(new Float32Array(5 * 3 * 4), [5, 3, 2, 2])).shape).toEqual([3, 6, 10]);
    const two = hostArray([1, 2, 3, 4], [2, 2, 1, 1]);
    expect([...imageGrid(two, { gap: 0 }).data]).toEqual([1, 3, 2, 4]);
  });
});
