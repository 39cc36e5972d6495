import sharp from "sharp";
import { type HostArray } from "../../array/index.js";
import { InputError, ShapeError } from "../../errors.js";
import { readInput, requireNoForeignFile, writeFileAtomically } from "../../storage/index.js";
import { type ImageShape, requireFinite } from "../../data/index.js";

/** How an image of another size or channel count is made to fit. */
export interface ReadImageOptions {
  /** `crop` (default): resize until it covers the wanted size, then cut out the centre. `exact`: another size is an error. */
  size?: "crop" | "exact" | undefined;
  /** `exact` (default): another channel count is an error. `convert`: colour becomes gray, gray becomes colour. */
  channels?: "exact" | "convert" | undefined;
}

/**
 * Reads an image file (PNG, JPEG, WebP, TIFF, GIF, AVIF). Transparent parts become black.
 *
 * @returns float32 [C, H, W], values in [-1, 1]
 * @throws InputError in one line if the file is missing, truncated or not an image, or does not fit as `options` say
 * @example
 * const image = await readImage("photo.jpg", { channels: 3, height: 256, width: 256 }); // [3, 256, 256]
 */
export async function readImage(path: string, wanted: ImageShape, options: ReadImageOptions = {}): Promise<HostArray> {
  const { size = "crop", channels = "exact" } = options;
  const bytes = await readInput(path);
  requireNoForeignFile(bytes, path);
  const found = await imageMetadata(path, bytes);
  if (channels === "exact" && found.channels !== wanted.channels)
    throw new InputError(
      `${path} has ${plural(found.channels, "channel")}, but ${wanted.channels} ${wanted.channels === 1 ? "is" : "are"} ` +
        `wanted: convert it to ${wanted.channels === 1 ? "grayscale" : "colour"}`,
    );
  if (size === "exact" && (found.width !== wanted.width || found.height !== wanted.height))
    throw new InputError(
      `${path} is ${found.width} x ${found.height} pixels, but ${wanted.width} x ${wanted.height} are wanted`,
    );
  const { width, height } = wanted;
  const pixels = await sharp(bytes)
    .autoOrient()
    .flatten()
    .resize({ width, height, fit: "cover", position: "centre" })
    .toColourspace(wanted.channels === 1 ? "b-w" : "srgb")
    .raw()
    .toBuffer()
    .catch((error: Error) => {
      throw new InputError(`${path} is truncated or damaged (${oneLine(error)})`);
    });
  return fromPixels(pixels, wanted);
}

/**
 * Encodes an image as PNG with 8 bits a channel; values outside [-1, 1] are limited.
 *
 * @param image float32 [C, H, W] with one or three channels
 * @throws InputError if a value is not a number
 * @throws ShapeError if the image has another form
 * @example
 * const png = await encodePng(imageGrid(images));
 */
export async function encodePng(image: HostArray): Promise<Buffer> {
  const [channels, height, width] = image.shape;
  if (image.shape.length !== 3 || (channels !== 1 && channels !== 3))
    throw new ShapeError(`an image has the shape [1 or 3, H, W], got [${image.shape.join(", ")}]`);
  requireFinite(image, "an image to be written");
  const pixels = toPixels(image);
  return sharp(pixels, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .png()
    .toBuffer();
}

/**
 * Writes an image as a PNG file, whole or not at all. Throws as `encodePng` does, with nothing written.
 *
 * @example
 * await writePng("images.png", imageGrid(images));
 */
export async function writePng(path: string, image: HostArray): Promise<void> {
  await writeFileAtomically(path, await encodePng(image));
}

async function imageMetadata(path: string, bytes: Uint8Array): Promise<ImageShape> {
  try {
    const { space, autoOrient } = await sharp(bytes).metadata();
    return { ...autoOrient, channels: space === "b-w" || space === "grey16" ? 1 : 3 };
  } catch (error) {
    throw new InputError(`${path} is not an image that can be read (${oneLine(error as Error)})`);
  }
}

// Channel-last bytes to channel-first numbers.
function fromPixels(pixels: Uint8Array, { channels, height, width }: ImageShape): HostArray {
  const area = height * width;
  const data = new Float32Array(channels * area);
  for (let pixel = 0; pixel < area; pixel++)
    for (let channel = 0; channel < channels; channel++)
      data[channel * area + pixel] = pixels[pixel * channels + channel] / 127.5 - 1;
  return { shape: [channels, height, width], data };
}

function toPixels({ shape: [channels, height, width], data }: HostArray): Uint8Array {
  const area = height * width;
  const pixels = new Uint8ClampedArray(channels * area);
  for (let pixel = 0; pixel < area; pixel++)
    for (let channel = 0; channel < channels; channel++)
      pixels[pixel * channels + channel] = (data[channel * area + pixel] + 1) * 127.5;
  return new Uint8Array(pixels.buffer);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function oneLine(error: Error): string {
  return error.message
    .trim()
    .replace(/[:\s]+$/, "")
    .replaceAll(/\s*\n\s*/g, "; ");
}
