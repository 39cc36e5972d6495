import sharp, { type Sharp } from "sharp";
import { InputError } from "../../errors.js";

const limit = 2 ** 16 - 1;

/** Whether an image's values are floating-point numbers. */
export function isFloatingPoint(depth: string | undefined): boolean {
  return depth === "float" || depth === "double";
}

/**
 * Converts an image of floating-point values in [0, 1] to 16 bits for each value. sharp itself would take grey floats
 * for levels up to 255, and coloured floats for linear light.
 *
 * @throws InputError if a value is outside [0, 1]
 */
export async function levelsOfFloats(bytes: Uint8Array, path: string): Promise<Sharp> {
  const { space } = await sharp(bytes).metadata();
  const { data, info } = await sharp(bytes)
    .toColourspace(space)
    .raw({ depth: "float" })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const values = new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  const wrong = values.find((value) => !(value >= 0 && value <= 1));
  if (wrong !== undefined)
    throw new InputError(`${path} holds ${wrong}: floating-point values of an image have to lie in [0, 1]`);
  return sharp(
    Uint16Array.from(values, (value) => Math.round(value * limit)),
    { raw: { width, height, channels } },
  );
}
