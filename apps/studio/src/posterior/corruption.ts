/** A box of hidden pixels. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** The path of a shaken camera: an arc. */
export interface Motion {
  /** In pixels. */
  readonly length: number;
  /** Its middle's direction in degrees, clockwise from the right. */
  readonly angle: number;
  /** How far it turns from end to end, in degrees. */
  readonly bend: number;
}

/** What happens to the image before noise is added, as chosen by the reader: it gives the operator's parameters. */
export type Corruption =
  | { readonly kind: "none" }
  | { readonly kind: "share"; readonly share: number; readonly seed: number }
  | { readonly kind: "mask"; readonly mask: Uint8Array }
  | ({ readonly kind: "box" } & Box)
  | ({ readonly kind: "motion" } & Motion);

/** The mask of a box, [height * width]: 0 inside, 1 outside. */
export function boxMask({ top, left, height, width }: Box, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const mask = new Float32Array(rows * columns).fill(1);
  for (let row = Math.max(0, top); row < Math.min(rows, top + height); row++)
    mask.fill(0, row * columns + Math.max(0, left), row * columns + Math.min(columns, left + width));
  return mask;
}

/** The box moved inside the image, with its sides if they fit. */
export function boxInside({ top, left, height, width }: Box, rows: number, columns: number): Box {
  const within = (value: number, low: number, high: number): number => Math.round(Math.min(high, Math.max(low, value)));
  const [h, w] = [within(height, 1, rows), within(width, 1, columns)];
  return { top: within(top, 0, rows - h), left: within(left, 0, columns - w), height: h, width: w };
}

/**
 * The kernel of an arc, [side * side], its sum 1: the path is centred on its mean, shrunk if it would leave the kernel, and
 * each of its points is shared among the four nearest taps.
 */
export function motionKernel({ length, angle, bend }: Motion, side: number): Float32Array<ArrayBuffer> {
  const radius = (side - 1) / 2;
  const count = Math.max(1, Math.ceil(8 * length));
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const points: [x: number, y: number][] = [[0, 0]];
  for (let i = 0; i < count; i++) {
    const heading = radians(angle + bend * ((i + 0.5) / count - 0.5));
    const [x, y] = points[i];
    points.push([x + (length / count) * Math.cos(heading), y + (length / count) * Math.sin(heading)]);
  }
  const mean = (axis: 0 | 1): number => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const extent = Math.max(...points.map(([x, y]) => Math.max(Math.abs(x - meanX), Math.abs(y - meanY))));
  const scale = extent > radius ? radius / extent : 1;
  const kernel = new Float32Array(side * side);
  for (const [x, y] of points) {
    const [column, row] = [radius + (x - meanX) * scale, radius + (y - meanY) * scale];
    const [left, top] = [Math.min(side - 1, Math.floor(column)), Math.min(side - 1, Math.floor(row))];
    for (const [dy, rowShare] of [0, 1].map((d) => [d, d === 0 ? 1 - (row - top) : row - top]))
      for (const [dx, columnShare] of [0, 1].map((d) => [d, d === 0 ? 1 - (column - left) : column - left]))
        if (rowShare * columnShare > 0)
          kernel[(top + dy) * side + left + dx] += (rowShare * columnShare) / points.length;
  }
  return kernel;
}
