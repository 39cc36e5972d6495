import { randomSource } from "../array/index.js";

const word = 2 ** 24;

/**
 * An image's own seed, from the run's seed and the image's path inside the folder; it does not depend on the other
 * images.
 */
export function imageSeed(seed: number, path: string): number {
  const random = randomSource(seed, "restore", path);
  return random.integer(word) * word + random.integer(word);
}
