import sharp from "sharp";
import { ShapeError } from "../errors.js";
import { uncertaintyColour } from "./colour-map.js";

/** An image with values in [-1, 1], row major [channels, height, width]; 1 channel is grey, 3 are red, green, blue. */
export interface ReportImage {
  channels: number;
  height: number;
  width: number;
  data: Float32Array;
}

/** Images are enlarged to at least this many pixels on their longer side. */
const smallestSide = 112;

/**
 * An image as a PNG in a data URI, enlarged by repeating pixels; values outside [-1, 1] are cut off.
 *
 * @throws ShapeError if it has not 1 or 3 channels or its data do not fit its shape
 */
export async function imageUri(image: ReportImage): Promise<string> {
  const { channels, data } = image;
  if (channels !== 1 && channels !== 3)
    throw new ShapeError(`an image of ${channels} channels cannot be shown: use 1 or 3`);
  const plane = planeSize(image);
  const bytes = Uint8Array.from({ length: data.length }, (_, i) => {
    const value = data[(i % channels) * plane + Math.floor(i / channels)];
    return Math.round((Math.min(1, Math.max(-1, value)) + 1) * 127.5);
  });
  return pngUri(bytes, image, channels);
}

/**
 * A map of standard deviations as a PNG in a data URI: dark is 0, bright is `top` or more. Of several channels the root
 * mean square is shown.
 *
 * @throws ShapeError if the data do not fit the shape
 */
export async function uncertaintyUri(deviation: ReportImage, top: number): Promise<string> {
  const { channels, data } = deviation;
  const plane = planeSize(deviation);
  const bytes = new Uint8Array(plane * 3);
  for (let i = 0; i < plane; i++) {
    let squares = 0;
    for (let channel = 0; channel < channels; channel++) squares += data[channel * plane + i] ** 2;
    bytes.set(uncertaintyColour(Math.sqrt(squares / channels) / top), i * 3);
  }
  return pngUri(bytes, deviation, 3);
}

function planeSize({ channels, height, width, data }: ReportImage): number {
  if (data.length !== channels * height * width)
    throw new ShapeError(`${data.length} values are not an image of ${channels} x ${height} x ${width}`);
  return height * width;
}

async function pngUri(bytes: Uint8Array, { height, width }: ReportImage, channels: 1 | 3): Promise<string> {
  const scale = Math.max(1, Math.ceil(smallestSide / Math.max(height, width)));
  const png = await sharp(bytes, { raw: { width, height, channels } })
    .resize(width * scale, height * scale, { kernel: "nearest" })
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .png({ compressionLevel: 9 })
    .toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}
