/** An uncompressed TIFF file of 32-bit floating-point values, [height, width, channels], which sharp itself cannot write. */
export function floatTiff(
  data: Float32Array,
  { width, height, channels }: { width: number; height: number; channels: number },
): Buffer {
  const [short, long] = [3, 4];
  const each = (value: number): number[] => new Array<number>(channels).fill(value);
  // Tag, type, values, in the order of the tags (TIFF 6.0, section 8).
  const entries: [tag: number, type: number, values: number[]][] = [
    [256, short, [width]],
    [257, short, [height]],
    [258, short, each(32)],
    [259, short, [1]],
    [262, short, [channels === 1 ? 1 : 2]],
    [273, long, [0]],
    [277, short, [channels]],
    [278, short, [height]],
    [279, long, [data.byteLength]],
    [284, short, [1]],
    [339, short, each(3)],
  ];
  const directory = 8;
  const afterDirectory = directory + 2 + 12 * entries.length + 4;
  const pixels = afterDirectory + 2 * 2 * channels;
  const file = Buffer.alloc(pixels + data.byteLength);
  file.write("II");
  file.writeUInt16LE(42, 2);
  file.writeUInt32LE(directory, 4);
  file.writeUInt16LE(entries.length, directory);
  let outside = afterDirectory;
  entries.forEach(([tag, type, given], i) => {
    const at = directory + 2 + 12 * i;
    const values = tag === 273 ? [pixels] : given;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(type, at + 2);
    file.writeUInt32LE(values.length, at + 4);
    if (type === long) file.writeUInt32LE(values[0], at + 8);
    else if (values.length <= 2) values.forEach((value, k) => file.writeUInt16LE(value, at + 8 + 2 * k));
    else {
      file.writeUInt32LE(outside, at + 8);
      values.forEach((value, k) => file.writeUInt16LE(value, outside + 2 * k));
      outside += 2 * values.length;
    }
  });
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).copy(file, pixels);
  return file;
}
