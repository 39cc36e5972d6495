/** A generator of 32 random bits at a time. */
export interface WordGenerator {
  next(): number;
}

/** One number uniform in [0, 1). It has 24 bits, so that it is exact in float32 and stays below 1. */
export function drawUniform(generator: WordGenerator): number {
  return (generator.next() >>> 8) / 16777216;
}

/** One integer uniform in [0, bound), for any bound below 2^53. */
export function drawInteger(generator: WordGenerator, bound: number): number {
  const states = 2 ** 53;
  // Without the last, incomplete multiple of the bound every remainder is equally likely.
  const complete = states - (states % bound);
  for (;;) {
    const drawn = (generator.next() >>> 5) * 2 ** 26 + (generator.next() >>> 6);
    if (drawn < complete) return drawn % bound;
  }
}

/** Fills an array with independent numbers uniform in [0, 1). */
export function fillUniform(data: Float32Array, generator: WordGenerator): void {
  for (let k = 0; k < data.length; k++) data[k] = drawUniform(generator);
}
