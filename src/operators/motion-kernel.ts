import { type RandomSource } from "../array/index.js";

/**
 * Draws the kernel of a shaken camera: a random smooth path during the exposure, drawn into taps x taps pixels.
 *
 * The path's length is 0.75 diagonals of the kernel times (u + v), with u uniform in [0, 1) and v uniform in [0,
 * intensity^2). Its heading starts in any direction, bends by up to intensity pi over the whole path, and trembles. The
 * path is centred on its own mean and shrunk if it would leave the kernel. Each of its points is shared among the four
 * nearest taps by bilinear weights.
 *
 * @param taps the kernel's side, odd
 * @param intensity how much the path bends and trembles, from 0 (a straight line) to 1
 * @param kernel the array to write to: taps * taps zeros, which sum to 1 afterwards
 */
export function drawMotionKernel(taps: number, intensity: number, random: RandomSource, kernel: Float32Array): void {
  const radius = (taps - 1) / 2;
  const path = centredPath(taps, intensity, random);
  const extent = Math.max(...path.flatMap(([x, y]) => [Math.abs(x), Math.abs(y)]));
  const shrink = extent > radius ? radius / extent : 1;
  for (const [x, y] of path) {
    const [column, row] = [radius + x * shrink, radius + y * shrink];
    const [left, top] = [Math.floor(column), Math.floor(row)];
    for (const [tapRow, rowShare] of [
      [top, 1 - (row - top)],
      [top + 1, row - top],
    ])
      for (const [tapColumn, columnShare] of [
        [left, 1 - (column - left)],
        [left + 1, column - left],
      ])
        // The share of a tap outside the kernel is 0, or by rounding 1e-16 or so, which changes nothing.
        if (rowShare * columnShare > 0) kernel[tapRow * taps + tapColumn] += (rowShare * columnShare) / path.length;
  }
}

type Point = readonly [number, number];

const pointsPerTap = 4;
// Standard deviation of the change of heading over a kernel's side, at intensity 1.
const tremble = Math.PI / 2;

function centredPath(taps: number, intensity: number, random: RandomSource): Point[] {
  const diagonal = Math.SQRT2 * taps;
  const length = 0.75 * diagonal * (random.uniform() + intensity ** 2 * random.uniform());
  const steps = Math.max(1, Math.ceil(length * pointsPerTap));
  const bend = (intensity * Math.PI * (2 * random.uniform() - 1)) / steps;
  const shake = intensity * tremble * Math.sqrt(length / (taps * steps));
  let heading = 2 * Math.PI * random.uniform();
  let [x, y] = [0, 0];
  const points: Point[] = [[x, y]];
  for (let step = 0; step < steps; step++) {
    x += (length / steps) * Math.cos(heading);
    y += (length / steps) * Math.sin(heading);
    points.push([x, y]);
    heading += bend + shake * random.normal();
  }
  const meanOf = (axis: 0 | 1): number => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [meanX, meanY] = [meanOf(0), meanOf(1)];
  return points.map(([px, py]) => [px - meanX, py - meanY]);
}
