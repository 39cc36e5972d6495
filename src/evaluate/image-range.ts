import { hostArray, type HostArray } from "../array/index.js";

/**
 * An array of pixels with every value clipped to [-1, 1], the range of images, so that the scored images are those that
 * would be saved.
 */
export function limitToRange({ shape, data }: HostArray): HostArray {
  return hostArray(
    Float32Array.from(data, (value) => Math.min(1, Math.max(-1, value))),
    shape,
  );
}
