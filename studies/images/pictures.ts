import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import sharp from "sharp";

const enlargement = 2;
const labelWidth = 180;

/** A row of pictures: its label, and its file. */
export interface PictureRow {
  label: string;
  path: string;
}

/** Strips of pictures below each other as an SVG; rows without a file are left out. Undefined if no row has a file. */
export async function pictureGrid(rows: readonly PictureRow[]): Promise<string | undefined> {
  const parts: string[] = [];
  let [top, width] = [0, 0];
  for (const { label, path } of rows) {
    if (!existsSync(path)) continue;
    const png = await readFile(path);
    const size = await sharp(png).metadata();
    const [across, down] = [size.width * enlargement, size.height * enlargement];
    parts.push(
      `<text x="0" y="${top + down / 2 + 4}" font-family="sans-serif" font-size="12">${label}</text>`,
      `<image x="${labelWidth}" y="${top}" width="${across}" height="${down}" style="image-rendering:pixelated" href="data:image/png;base64,${png.toString("base64")}"/>`,
    );
    top += down + 4;
    width = Math.max(width, labelWidth + across);
  }
  if (parts.length === 0) return undefined;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" viewBox="0 0 ${width} ${top}"><rect width="100%" height="100%" fill="white"/>${parts.join("")}</svg>`;
}
