import { spawnSync } from "node:child_process";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { floatTiff } from "../../../test/support/float-tiff.js";
import { InputError } from "../../errors.js";
import { readImage, readImageFile } from "./image-file.js";

const [width, height] = [6, 4];
const shape = (channels: number) => ({ channels, height, width });
const levels = Uint8Array.from({ length: width * height }, (_, i) => 10 * i);
// Shallow gradients of muted colours, which lossy formats and inks can represent.
const colours = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
  const [pixel, channel] = [Math.floor(i / 3), i % 3];
  const [x, y] = [pixel % width, Math.floor(pixel / width)];
  return [60 + 24 * x + 3 * y, 60 + 4 * x + 36 * y, 190 - 24 * x - 8 * y][channel];
});
const grey = (): Sharp => sharp(levels, { raw: { width, height, channels: 1 } }).toColourspace("b-w");
const coloured = (): Sharp => sharp(colours, { raw: { width, height, channels: 3 } });
const values = (bytes: Uint8Array): number[] => Array.from(bytes, (value) => Math.fround(value / 127.5 - 1));
/** The values of interleaved bytes, channel by channel. */
const planarValues = (bytes: Uint8Array, channels: number): number[] => {
  const area = width * height;
  return values(bytes.map((_, i) => bytes[(i % area) * channels + Math.floor(i / area)]));
};

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-formats-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(name: string, bytes: Uint8Array | Promise<Uint8Array>, channels: number) {
  const path = join(folder, name);
  await writeFile(path, await bytes);
  const { image, converted } = await readImageFile(path, shape(channels));
  return { data: Array.from(image.data), converted };
}

const expectNear = (actual: number[], wanted: number[], tolerance: number): void => {
  expect(actual).toHaveLength(wanted.length);
  actual.forEach((value, i) => expect(Math.abs(value - wanted[i])).toBeLessThanOrEqual(tolerance));
};

describe("grey images", () => {
  it.each([
    ["png", 0, () => grey().png()],
    ["palette.png", 0, () => grey().png({ palette: true })],
    ["alpha.png", 0, () => grey().ensureAlpha(1).png()],
    ["webp", 0, () => grey().webp({ lossless: true })],
    ["gif", 0, () => grey().gif()],
    ["avif", 0, () => grey().avif({ lossless: true })],
    ["tiff", 0, () => grey().tiff({ compression: "none" })],
    ["jpg", 4 / 127.5, () => grey().jpeg({ quality: 100 })],
    ["16.png", 1 / 127.5, () => grey().toColourspace("grey16").png()],
  ])("as %s are grey for a grey model, and three equal channels for a coloured one", async (name, tolerance, image) => {
    const bytes = image().toBuffer();
    const one = await read(`grey.${name}`, bytes, 1);
    expectNear(one.data, values(levels), tolerance);
    expect(one.converted).toEqual([]);
    const three = (await read(`grey.${name}`, bytes, 3)).data;
    const area = width * height;
    for (const channel of [0, 1, 2])
      expectNear(three.slice(channel * area, (channel + 1) * area), values(levels), tolerance);
  });

  it("say that they became coloured where their file is grey", async () => {
    expect((await read("said.png", grey().png().toBuffer(), 3)).converted).toEqual(["grey to colour"]);
  });
});

describe("coloured images", () => {
  it.each([
    ["png", 0, () => coloured().png()],
    ["palette.png", 0, () => coloured().png({ palette: true })],
    ["webp", 0, () => coloured().webp({ lossless: true })],
    ["gif", 0, () => coloured().gif()],
    ["avif", 20 / 127.5, () => coloured().avif()],
    ["jpg", 40 / 127.5, () => coloured().jpeg()],
    ["16.png", 0, () => coloured().toColourspace("rgb16").png()],
  ])(
    "as %s keep their colours for a coloured model, become grey for a grey one, and say so",
    async (name, tolerance, image) => {
      const bytes = image().toBuffer();
      const { data, converted } = await read(`colour.${name}`, bytes, 1);
      expect(converted).toEqual(["colour to grey"]);
      // The grey that sharp itself makes of the file.
      const whole = await sharp(await bytes)
        .flatten()
        .toColourspace("b-w")
        .raw()
        .toBuffer();
      expectNear(data, values(whole), 2 / 127.5);
      const kept = await read(`colour.${name}`, bytes, 3);
      expect(kept.converted).toEqual([]);
      expectNear(kept.data, planarValues(colours, 3), tolerance);
    },
  );

  it("in CMYK become RGB, and say so", async () => {
    const bytes = await coloured().toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer();
    const { data, converted } = await read("cmyk.jpg", bytes, 3);
    expect(converted).toEqual(["CMYK to RGB"]);
    // Inks give these colours to within 50 of 255 levels.
    expectNear(data, planarValues(colours, 3), 64 / 127.5);
    expect((await read("cmyk.jpg", bytes, 1)).converted).toEqual(["CMYK to RGB", "colour to grey"]);
  });

  it.each([
    ["8 bits", () => coloured().ensureAlpha(0.5).png()],
    ["16 bits", () => coloured().ensureAlpha(0.5).toColourspace("rgb16").png()],
  ])("with transparency in %s lose it, and say so", async (_bits, image) => {
    const { data, converted } = await read("alpha.png", image().toBuffer(), 3);
    expect(converted).toEqual(["transparent parts to black"]);
    const bright = colours.indexOf(Math.max(...colours));
    const place = (bright % 3) * width * height + Math.floor(bright / 3);
    expect(data[place]).toBeCloseTo(Math.max(...colours) / 255 - 1, 1);
  });
});

describe("images of floating-point values in [0, 1]", () => {
  it.each([1, 3])("with %i channels are read as what 255 times as much is", async (channels) => {
    const bytes = channels === 1 ? levels : colours;
    const tiff = floatTiff(
      Float32Array.from(bytes, (value) => value / 255),
      { width, height, channels },
    );
    const { data, converted } = await read("float.tif", tiff, channels);
    expectNear(data, planarValues(bytes, channels), 1e-6);
    expect(converted).toEqual([]);
  });

  it.each([-0.5, 1.5, 200, Number.NaN])("are refused where one is %d", async (value) => {
    const tiff = floatTiff(new Float32Array(width * height).fill(value), { width, height, channels: 1 });
    const reading = read("wrong.tif", tiff, 1);
    await expect(reading).rejects.toThrow(InputError);
    await expect(reading).rejects.toThrow(
      /wrong\.tif holds .*: floating-point values of an image have to lie in \[0, 1\]/,
    );
  });
});

describe("files that are no images to be read", () => {
  it("too many pixels", async () => {
    const bomb = floatTiff(new Float32Array(1), { width: 20_000, height: 15_000, channels: 1 });
    await expect(read("bomb.tif", bomb, 3)).rejects.toThrow(/is 20000 x 15000 pixels: at most 268402689 are read/);
    const line = sharp({ create: { width: 70_000, height: 4, channels: 3, background: "red" } });
    await expect(read("line.png", await line.png().toBuffer(), 3)).rejects.toThrow(
      /is 70000 x 4 pixels: at most 65536 a side are read/,
    );
  });

  it("too many bytes", async () => {
    const path = join(folder, "large.png");
    await writeFile(path, "");
    await truncate(path, 2 ** 29 + 1);
    await expect(readImage(path, shape(1))).rejects.toThrow(/large\.png is too large: at most 512 MiB are read/);
    await rm(path);
  });

  it("drawings", async () => {
    const svg = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3"><rect width="4" height="3"/></svg>',
    );
    await expect(read("drawing.png", svg, 3)).rejects.toThrow(/drawing\.png is not an image that can be read \(svg\)/);
  });

  it.skipIf(process.platform === "win32")("devices", async () => {
    const reading = readImage("/dev/zero", shape(1));
    await expect(reading).rejects.toThrow(InputError);
    await expect(reading).rejects.toThrow("/dev/zero is a device, not a file");
  });

  it("sizes that are none", async () => {
    for (const wanted of [{ ...shape(2) }, { ...shape(1), height: 0 }, { ...shape(1), width: 1.5 }])
      await expect(readImage(join(folder, "said.png"), wanted)).rejects.toThrow(
        /it has to be (1 or 3|a positive integer)/,
      );
  });
});

describe("pipes", () => {
  it.skipIf(process.platform === "win32")("are read to their end", async () => {
    const pipe = join(folder, "pipe.png");
    spawnSync("mkfifo", [pipe]);
    const [{ data }] = await Promise.all([
      readImage(pipe, shape(1)),
      grey()
        .png()
        .toBuffer()
        .then((bytes) => writeFile(pipe, bytes)),
    ]);
    expectNear(Array.from(data), values(levels), 0);
  });
});
