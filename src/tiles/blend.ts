import { type HostArray, hostZeros } from "../array/index.js";
import { type AxisTiles, axisWeights, type Tile } from "./tiles.js";

/** The samples of an image, assembled from those of its tiles. */
export interface Blend {
  /** Adds the samples of a tile, [samples, C, h, w]. */
  add(tile: Tile, samples: HostArray): void;
  /**
   * The samples of the image, [samples, C, H, W], after all tiles have been added.
   *
   * A mean of different tiles varies less than each of them. With `keepVariance` the deviations of the samples from
   * their mean are enlarged, pixel by pixel, until their variance is the weighted mean of the tiles' own variances:
   *
   *   x = sum w_i m_i + c sum w_i (x_i - m_i), c^2 = sum w_i v_i / var(sum w_i x_i),
   *
   * with the mean m_i and variance v_i of tile i's samples, and weights w_i that sum to 1. Where the tiles agree, c = 1.
   */
  result(): HostArray;
}

/**
 * Blends tiles with weights that decrease smoothly towards a tile's border.
 *
 * @param keepVariance whether the variance that the mean of several tiles loses is restored
 */
export function blendTiles(
  rows: AxisTiles,
  columns: AxisTiles,
  channels: number,
  samples: number,
  keepVariance = false,
): Blend {
  const [height, width] = [rows.length, columns.length];
  const size = channels * height * width;
  const blended = hostZeros([samples, channels, height, width]);
  const variances = new Float32Array(size);
  const [down, across] = [axisWeights(rows), axisWeights(columns)];
  return {
    add: ({ top, left }, { data }) => {
      const [downward, sideways] = [down[rows.starts.indexOf(top)], across[columns.starts.indexOf(left)]];
      const each = channels * rows.tile * columns.tile;
      for (let channel = 0, from = 0; channel < channels; channel++)
        for (let row = 0; row < rows.tile; row++)
          for (let column = 0; column < columns.tile; column++, from++) {
            const to = (channel * height + top + row) * width + left + column;
            const weight = downward[row] * sideways[column];
            let [sum, squares] = [0, 0];
            for (let sample = 0; sample < samples; sample++) {
              const value = data[sample * each + from];
              blended.data[sample * size + to] += weight * value;
              sum += value;
              squares += value * value;
            }
            variances[to] += weight * Math.max(0, squares / samples - (sum / samples) ** 2);
          }
    },
    result: () => {
      if (!keepVariance) return blended;
      const { data } = blended;
      for (let pixel = 0; pixel < size; pixel++) {
        let [sum, squares] = [0, 0];
        for (let sample = 0; sample < samples; sample++) sum += data[sample * size + pixel];
        const mean = sum / samples;
        for (let sample = 0; sample < samples; sample++) squares += (data[sample * size + pixel] - mean) ** 2;
        const variance = squares / samples;
        // With rounding errors alone there is no deviation to enlarge.
        if (!(variance > 1e-12 && variances[pixel] > variance)) continue;
        const factor = Math.sqrt(variances[pixel] / variance);
        for (let sample = 0; sample < samples; sample++) {
          const at = sample * size + pixel;
          data[at] = mean + factor * (data[at] - mean);
        }
      }
      return blended;
    },
  };
}
