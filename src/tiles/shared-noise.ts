import { hostArray, type HostArray, randomSource, sizeOf } from "../array/index.js";
import { ShapeError } from "../errors.js";
import { type NoiseOf } from "../vfm/index.js";
import { copyWindow, fieldSize, type Size, tileOnField } from "./fields.js";
import { type Tile } from "./tiles.js";

/** Noise over a whole image: one field for each purpose and sample, of which every tile takes its window. */
export interface SharedNoise {
  /** The noise of some tiles, for `samplePosterior`: the samples of the first tile, then those of the second. */
  of(tiles: readonly Tile[]): NoiseOf;
}

/**
 * White noise over an image that its tiles share: where two tiles overlap they have the same numbers. It depends on the
 * seed alone, not on the tiles.
 *
 * @param image the image's size
 * @param tile [channels, height, width] of a tile of the image; rows with this many numbers count as noise of a tile
 * @param samples number of samples of each tile
 */
export function sharedNoise(image: Size, tile: readonly number[], samples: number, seed: number): SharedNoise {
  const [, tileHeight, tileWidth] = tile;
  const tileSize = { height: tileHeight, width: tileWidth };
  const fields = new Map<string, HostArray[]>();
  const fieldsOf = (name: readonly (string | number)[], [channels, height, width]: readonly number[]): HostArray[] => {
    const key = name.join("/");
    let found = fields.get(key);
    if (found === undefined) {
      const size = fieldSize(image, tileSize, [height, width]);
      found = Array.from({ length: samples }, (_, sample) =>
        randomSource(seed, ...name, sample).normalArray([channels, size.height, size.width]),
      );
      fields.set(key, found);
    }
    return found;
  };
  return {
    of:
      (tiles) =>
      (...name) => {
        let next = 0;
        return {
          normalArray: ([count, ...given]) => {
            const shape = given.length === 1 && given[0] === sizeOf(tile) ? tile : given;
            if (shape.length !== 3) throw new ShapeError(`noise [${given.join(", ")}] is not that of an image's tile`);
            const [, height, width] = shape;
            const each = sizeOf(shape);
            const own = fieldsOf(name, shape);
            const data = new Float32Array(count * each);
            for (let row = 0; row < count; row++, next++)
              copyWindow(
                own[next % samples],
                tileOnField(tiles[Math.floor(next / samples)], tileSize, [height, width]),
                { height, width },
                data.subarray(row * each, (row + 1) * each),
              );
            return hostArray(data, [count, ...given]);
          },
        };
      },
  };
}
