/**
 * Reads a picture as an image of a model: its centre, cut to the model's proportions and averaged down to its size. For a
 * model of one channel it is made grey; a picture with a bright border, such as ink on paper, is inverted.
 *
 * @param shape [C, H, W]
 * @returns values in [-1, 1]
 * @throws Error saying what is wrong with the file
 */
export async function readPicture(file: File, shape: readonly number[]): Promise<Float32Array> {
  const picture = await createImageBitmap(file).catch(() => {
    throw new Error(`“${file.name}” is not a picture that this browser can read: choose a PNG, JPEG or WebP file`);
  });
  const [channels, height, width] = shape;
  const scale = Math.min(picture.width / width, picture.height / height);
  const [cutWidth, cutHeight] = [width * scale, height * scale];
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("this browser cannot read pictures: it gives the page no canvas");
  // Transparent pictures lie on white paper.
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  const [left, top] = [(picture.width - cutWidth) / 2, (picture.height - cutHeight) / 2];
  context.drawImage(picture, left, top, cutWidth, cutHeight, 0, 0, width, height);
  picture.close();
  return imageOfPixels(context.getImageData(0, 0, width, height).data, channels, height, width);
}

/** An image from pixels of four bytes each. */
export function imageOfPixels(
  pixels: Uint8ClampedArray,
  channels: number,
  height: number,
  width: number,
): Float32Array {
  const size = height * width;
  if (channels === 3)
    return Float32Array.from({ length: 3 * size }, (_, i) => pixels[4 * (i % size) + Math.floor(i / size)] / 127.5 - 1);
  const grey = Float32Array.from(
    { length: size },
    (_, i) => (0.299 * pixels[4 * i] + 0.587 * pixels[4 * i + 1] + 0.114 * pixels[4 * i + 2]) / 127.5 - 1,
  );
  const border = grey.filter((_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    return row === 0 || column === 0 || row === height - 1 || column === width - 1;
  });
  const bright = border.reduce((sum, value) => sum + value, 0) > 0;
  return bright ? grey.map((value) => -value) : grey;
}
