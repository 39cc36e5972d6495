import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { randomSource } from "../../array/index.js";
import { encodeSmallPng } from "./small-png.js";

describe("a small PNG", () => {
  it.each<[1 | 3, number, number]>([
    [1, 1, 1],
    [1, 28, 28],
    [3, 5, 7],
    [3, 64, 64],
  ])("of %i channels, %i x %i pixels is read by sharp as it was written", async (channels, height, width) => {
    const random = randomSource(0, channels, height);
    const pixels = Uint8Array.from({ length: channels * height * width }, () => random.integer(256));
    const { data, info } = await sharp(encodeSmallPng(pixels, { channels, height, width }))
      .toColourspace(channels === 1 ? "b-w" : "srgb")
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ channels, height, width });
    expect(new Uint8Array(data)).toEqual(pixels);
  });

  it("is grey where the image is, and holds nothing but its pixels", async () => {
    const { format, space, channels, depth, hasAlpha } = await sharp(
      encodeSmallPng(new Uint8Array(4), { channels: 1, height: 2, width: 2 }),
    ).metadata();
    expect({ format, space, channels, depth, hasAlpha }).toEqual({
      format: "png",
      space: "b-w",
      channels: 1,
      depth: "uchar",
      hasAlpha: false,
    });
  });
});
