import { hostArray, type HostArray } from "../array/index.js";
import { encodePng } from "../node/data/index.js";
import { uncertaintyColour } from "./colour-map.js";

/** Images are enlarged to at least this many pixels on their longer side. */
const smallestSide = 112;

/**
 * An image as a PNG in a data URI, enlarged by repeating pixels; values outside [-1, 1] are clipped.
 *
 * @param image float32 [C, H, W], grey or colour
 * @throws ShapeError if it does not have 1 or 3 channels
 * @throws InputError if a value is not a number
 */
export async function imageUri(image: HostArray): Promise<string> {
  return `data:image/png;base64,${(await encodePng(enlarge(image))).toString("base64")}`;
}

/**
 * A map of standard deviations as a PNG in a data URI: dark is 0, bright is `top` or more. For several channels it
 * shows the root mean square.
 *
 * @param deviation float32 [C, H, W]
 * @throws InputError if a value is not a number
 */
export async function uncertaintyUri(deviation: HostArray, top: number): Promise<string> {
  const [channels, height, width] = deviation.shape;
  const plane = height * width;
  const colours = new Float32Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    let squares = 0;
    for (let channel = 0; channel < channels; channel++) squares += deviation.data[channel * plane + i] ** 2;
    const colour = uncertaintyColour(Math.sqrt(squares / channels) / top);
    colour.forEach((value, channel) => (colours[channel * plane + i] = value / 127.5 - 1));
  }
  return imageUri(hostArray(colours, [3, height, width]));
}

function enlarge({ shape: [channels, height, width], data }: HostArray): HostArray {
  const scale = Math.max(1, Math.ceil(smallestSide / Math.max(height, width)));
  const [rows, columns] = [height * scale, width * scale];
  const large = new Float32Array(channels * rows * columns);
  for (let i = 0; i < large.length; i++) {
    const line = Math.floor(i / columns);
    const [channel, row] = [Math.floor(line / rows), Math.floor((line % rows) / scale)];
    large[i] = data[(channel * height + row) * width + Math.floor((i % columns) / scale)];
  }
  return hostArray(large, [channels, rows, columns]);
}
