import { signal } from "@preact/signals";
import { type Box, type Motion } from "./corruption.js";

/** The source of the image that is observed. */
export type ImageChoice =
  | { readonly kind: "held-out"; readonly index: number }
  /** Grey levels from 0 to 15. */
  | { readonly kind: "drawn"; readonly levels: Uint8Array }
  /** Values in [-1, 1]. Not part of the address: it is the reader's own picture. */
  | { readonly kind: "uploaded"; readonly values: Float32Array };

/** The brightest level of a drawing. */
export const mostLevel = 15;

/** The reader's choices. */
export interface View {
  readonly model: string;
  readonly problem: string;
  readonly image: ImageChoice;
  /** Of "inpaint-box"; in the middle by default. */
  readonly box?: Box | undefined;
  /** Of "motion-blur". */
  readonly motion: Motion;
  /** Of "inpaint-random": the share of hidden pixels. */
  readonly share: number;
  /** Of "inpaint-random": painted by hand; by default drawn with `share`. */
  readonly mask?: Uint8Array | undefined;
  /** Standard deviation of the noise; by default that of the model's training. */
  readonly noise?: number | undefined;
  readonly noiseSeed: number;
  readonly steps: number;
  /** By default the problem's own. */
  readonly temperature?: number | undefined;
  readonly seed: number;
  /** The requested engine; by default the best one. */
  readonly engine?: string | undefined;
  /** The pixel whose values are shown; by default the least certain one. */
  readonly pixel?: readonly [row: number, column: number] | undefined;
}

/** The greatest seed. */
export const mostSeed = 2 ** 31;

/** Whether a number can be a seed. */
export function isSeed(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= mostSeed;
}

/** The seed after another one. */
export function nextSeed(seed: number): number {
  return seed < mostSeed ? seed + 1 : 0;
}

/** The page's defaults. */
export const firstView: View = {
  model: "mnist",
  problem: "inpaint-box",
  image: { kind: "held-out", index: 3 },
  motion: { length: 6, angle: 30, bend: 40 },
  share: 0.6,
  noiseSeed: 1,
  steps: 1,
  seed: 1,
};

/** The reader's current choices. */
export const view = signal<View>(firstView);

/** Changes some of the choices. */
export function change(part: Partial<View>): void {
  view.value = { ...view.value, ...part };
}
