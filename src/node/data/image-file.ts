import sharp, { type Sharp } from "sharp";
import { type HostArray } from "../../array/index.js";
import { InputError, ShapeError } from "../../errors.js";
import { readInput, requireNoForeignFile, writeFileAtomically } from "../../storage/index.js";
import { type ImageShape, requireFinite } from "../../data/index.js";
import { anObject, checkArgument, checkOptions, oneOf, type OptionRule, positiveInteger } from "../../options.js";
import { isFloatingPoint, levelsOfFloats } from "./float-image.js";

/** An image has more pixels than allowed. */
export class TooManyPixelsError extends InputError {
  override name = "TooManyPixelsError";
}

/** How an image of another size is fitted. */
export interface ReadImageOptions {
  /**
   * `crop` (default): resize the image until it covers the wanted size, then crop to the centre. `exact`: another size
   * is an error.
   */
  size?: "crop" | "exact" | undefined;
}

/** A conversion of an image that was read as grey or as colour. */
export type ImageConversion = "colour to grey" | "grey to colour" | "CMYK to RGB" | "transparent parts to black";

/** An image that was read. */
export interface ImageReading {
  /** float32 [C, H, W], values in [-1, 1]. */
  readonly image: HostArray;
  /** The conversions other than of its size; empty if there were none. */
  readonly converted: readonly ImageConversion[];
}

const oneOrThree: OptionRule = { wanted: "1 or 3", accepts: (value) => value === 1 || value === 3 };
const shapeRules = { channels: oneOrThree, height: positiveInteger, width: positiveInteger };
const optionRules = { size: oneOf(["crop", "exact"]) };

// Larger files are probably mistakes, or meant to exhaust the memory.
const mostBytes = 2 ** 29;
// The decoder reads no more pixels, and takes minutes for a few lines of millions.
const mostPixels = 0x3fff ** 2;
const longestSide = 2 ** 16;

/** The supported formats, by the decoder's names. */
const formats: Readonly<Record<string, string>> = {
  png: "PNG",
  jpeg: "JPEG",
  webp: "WebP",
  tiff: "TIFF",
  gif: "GIF",
  heif: "AVIF",
};
const listedFormats = "PNG, JPEG, WebP, TIFF, GIF or AVIF";

/**
 * Reads an image file (PNG, JPEG, WebP, TIFF, GIF, AVIF) in the same way as training does. Colour becomes grey or grey
 * becomes colour according to `wanted`, CMYK becomes RGB, and transparent parts become black; 16 bits and
 * floating-point values in [0, 1] become 8 bits.
 *
 * @returns float32 [C, H, W], values in [-1, 1]
 * @throws InputError, in one line, if the file is missing, truncated, too large or not an image, or does not fit
 *   according to `options`
 * @example
 * const image = await readImage("photo.jpg", { channels: 3, height: 256, width: 256 }); // [3, 256, 256]
 */
export async function readImage(path: string, wanted: ImageShape, options: ReadImageOptions = {}): Promise<HostArray> {
  return (await readImageFile(path, wanted, options)).image;
}

/**
 * Reads an image file as `readImage` does, and reports its conversions.
 *
 * @throws InputError as `readImage` does
 * @example
 * const { image, converted } = await readImageFile("photo.jpg", { channels: 1, height: 28, width: 28 });
 * if (converted.length > 0) console.warn(converted.join(", ")); // colour to grey
 */
export async function readImageFile(
  path: string,
  wanted: ImageShape,
  options: ReadImageOptions = {},
): Promise<ImageReading> {
  checkArgument("readImage", "wanted", wanted, anObject);
  const { channels, height, width } = wanted;
  checkOptions("readImage", { channels, height, width }, shapeRules, ["channels", "height", "width"]);
  checkOptions("readImage", options, optionRules);
  return decodeImage(await readInput(path, undefined, mostBytes), path, wanted, options);
}

/** Options of `decodeImage`. */
export interface DecodeImageOptions extends ReadImageOptions {
  /** Greatest number of pixels of an image that is decoded. */
  mostPixels?: number | undefined;
}

/**
 * Decodes the bytes of an image file as `readImageFile` reads a file.
 *
 * @param path the image's name, for messages
 * @throws InputError as `readImage` does; TooManyPixelsError if it has more than `mostPixels`, before pixels are
 *   decoded
 */
export async function decodeImage(
  bytes: Uint8Array,
  path: string,
  { channels, height, width }: ImageShape,
  { size, mostPixels: most }: DecodeImageOptions = {},
): Promise<ImageReading> {
  const sizeOf = (found: FoundImage): { height: number; width: number } => {
    if (size === "exact" && (found.width !== width || found.height !== height))
      throw new InputError(`${path} is ${found.width} x ${found.height} pixels, but ${width} x ${height} are wanted`);
    return { height, width };
  };
  return decodeFitted(bytes, path, channels, sizeOf, most);
}

/**
 * Reads an image file in its own size, otherwise like `readImageFile`.
 *
 * @param fit called with the size before the pixels are read; it may throw
 * @throws InputError as `readImage` does
 */
export async function readWholeImage(
  path: string,
  channels: number,
  fit: (size: { width: number; height: number }) => void = () => undefined,
): Promise<ImageReading> {
  checkOptions("readWholeImage", { channels }, { channels: oneOrThree }, ["channels"]);
  return decodeFitted(await readInput(path, undefined, mostBytes), path, channels, ({ height, width }) => {
    fit({ height, width });
    return { height, width };
  });
}

/** Decodes an image in the size that `sizeOf` returns for the original size. */
async function decodeFitted(
  bytes: Uint8Array,
  path: string,
  channels: number,
  sizeOf: (found: FoundImage) => { height: number; width: number },
  most = mostPixels,
): Promise<ImageReading> {
  requireNoForeignFile(bytes, path);
  const found = await imageMetadata(path, bytes, most);
  const { height, width } = sizeOf(found);
  const wanted = { channels, height, width };
  try {
    const source = found.isFloat ? await levelsOfFloats(bytes, path) : sharp(bytes);
    const fitted = source.autoOrient().resize({ width, height, fit: "cover", position: "centre" });
    const { pixels, isGrey } = await colouredPixels(fitted.clone().flatten(), found.isGrey, wanted);
    const conversions: [ImageConversion, boolean][] = [
      ["CMYK to RGB", found.isCmyk],
      ["transparent parts to black", found.hasAlpha && (await isTransparent(fitted))],
      ["grey to colour", wanted.channels === 3 && found.isGrey],
      ["colour to grey", wanted.channels === 1 && !isGrey],
    ];
    return {
      image: fromPixels(pixels, wanted),
      converted: conversions.filter(([, applies]) => applies).map(([name]) => name),
    };
  } catch (error) {
    if (error instanceof InputError) throw error;
    // The decoder's own message is about its internals, and may be long.
    throw new InputError(`${path} is damaged or cut off: it cannot be read as ${formats[found.format]}`);
  }
}

/**
 * The pixels with the wanted number of channels, and whether the image has no colour. WebP, GIF, AVIF and palettes
 * store grey as three equal channels; these images are grey too.
 */
async function colouredPixels(
  image: Sharp,
  isGrey: boolean,
  { channels, height, width }: ImageShape,
): Promise<{ pixels: Uint8Array; isGrey: boolean }> {
  if (channels === 1 && isGrey) return { pixels: await image.toColourspace("b-w").raw().toBuffer(), isGrey };
  const colours = await image.toColourspace("srgb").raw().toBuffer();
  if (channels === 3) return { pixels: colours, isGrey };
  const pixels = await sharp(colours, { raw: { width, height, channels: 3 } })
    .toColourspace("b-w")
    .raw()
    .toBuffer();
  return { pixels, isGrey: pixels.every((_, i) => [1, 2].every((c) => colours[3 * i] === colours[3 * i + c])) };
}

async function isTransparent(image: Sharp): Promise<boolean> {
  const alpha = await image.clone().extractChannel("alpha").toColourspace("b-w").raw().toBuffer();
  return alpha.some((value) => value < 255);
}

/**
 * Encodes an image as PNG with 8 bits for each channel; values outside [-1, 1] are clipped.
 *
 * @param image float32 [C, H, W] with one or three channels
 * @throws InputError if a value is not a number
 * @throws ShapeError if the image has another shape
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
 * Encodes an image as PNG with 16 bits for each channel: 0 becomes 0, 1 becomes 65535; values outside are clipped.
 *
 * @param image float32 [C, H, W] with one or three channels
 * @throws InputError if a value is not a number
 */
export async function encodeDeepPng(image: HostArray): Promise<Buffer> {
  const [channels, height, width] = image.shape;
  requireFinite(image, "an image to be written");
  const area = height * width;
  const levels = new Uint16Array(channels * area);
  for (let pixel = 0; pixel < area; pixel++)
    for (let channel = 0; channel < channels; channel++)
      levels[pixel * channels + channel] = Math.round(
        65535 * Math.min(1, Math.max(0, image.data[channel * area + pixel])),
      );
  return sharp(levels, { raw: { width, height, channels: channels === 1 ? 1 : 3 } })
    .toColourspace(channels === 1 ? "grey16" : "rgb16")
    .png()
    .toBuffer();
}

/**
 * Writes an image as a PNG file, atomically. Throws as `encodePng` does, with nothing written.
 *
 * @example
 * await writePng("images.png", imageGrid(images));
 */
export async function writePng(path: string, image: HostArray): Promise<void> {
  await writeFileAtomically(path, await encodePng(image));
}

interface FoundImage {
  /** By the decoder's name. */
  format: string;
  width: number;
  height: number;
  isGrey: boolean;
  isCmyk: boolean;
  isFloat: boolean;
  hasAlpha: boolean;
}

async function imageMetadata(path: string, bytes: Uint8Array, most = mostPixels): Promise<FoundImage> {
  // sharp throws synchronously for an empty file, asynchronously for others.
  const reading = async () => sharp(bytes, { limitInputPixels: false }).metadata();
  const { format, space, depth, hasAlpha, autoOrient } = await reading().catch(() => {
    throw new InputError(`${path} is not an image that can be read, or is damaged: give ${listedFormats}`);
  });
  if (!Object.hasOwn(formats, format))
    throw new InputError(`${path} is not an image that can be read (${format}): give ${listedFormats}`);
  const { width, height } = autoOrient;
  if (width * height > most)
    throw new TooManyPixelsError(`${path} is ${width} x ${height} pixels: at most ${most} are read, make it smaller`);
  if (Math.max(width, height) > longestSide)
    throw new InputError(`${path} is ${width} x ${height} pixels: at most ${longestSide} a side are read, cut it`);
  const isFloat = isFloatingPoint(depth);
  if (!isFloat && depth !== "uchar" && depth !== "ushort")
    throw new InputError(`${path} has values of the type ${depth}: save it with 8 or 16 bits, or as floats in [0, 1]`);
  return {
    format,
    width,
    height,
    isGrey: space === "b-w" || space === "grey16",
    isCmyk: space === "cmyk",
    isFloat,
    hasAlpha,
  };
}

// Converts channel-last bytes to channel-first numbers.
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
