/**
 * Rounds numbers to bfloat16, the upper half of a float32: to nearest, ties to even. A number that is not finite stays
 * so.
 */
export function toBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, (word, i) => {
    // A NaN without a fraction bit in its upper half would become infinite.
    if (Number.isNaN(values[i])) return 0x7fc0 | (word >>> 16);
    return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  });
}
