import { type Pen } from "../ui/index.js";

/** Places on a square plane [-halfWidth, halfWidth]^2 as a picture shows them, the second axis upwards. */
export interface Plane {
  /** From the left, in pixels of the page. */
  x(value: number): number;
  /** From the top. */
  y(value: number): number;
  /** The length of one unit. */
  readonly unit: number;
}

/** The plane that fills a picture. */
export function planeOf({ width }: Pick<Pen, "width">, halfWidth: number): Plane {
  const unit = width / (2 * halfWidth);
  return { unit, x: (value) => (value + halfWidth) * unit, y: (value) => (halfWidth - value) * unit };
}
