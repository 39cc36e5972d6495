import { signal } from "@preact/signals";
import { type Box, type Motion } from "./corruption.js";

/** Where the image comes from that is observed. */
export type ImageChoice =
  | { readonly kind: "held-out"; readonly index: number }
  /** Grey levels from 0 to 15. */
  | { readonly kind: "drawn"; readonly levels: Uint8Array }
  /** Values in [-1, 1]. Not part of the address: it is the reader's own picture. */
  | { readonly kind: "uploaded"; readonly values: Float32Array };

/** The brightest level of a drawing. */
export const mostLevel = 15;

/** All that the reader has chosen. */
export interface View {
  readonly model: string;
  readonly problem: string;
  readonly image: ImageChoice;
  /** Of "inpaint-box"; in the middle, if not given. */
  readonly box?: Box | undefined;
  /** Of "motion-blur". */
  readonly motion: Motion;
  /** Of "inpaint-random": the share of hidden pixels. */
  readonly share: number;
  /** Of "inpaint-random": painted by hand; drawn by the share, if not given. */
  readonly mask?: Uint8Array | undefined;
  /** Standard deviation of the noise; what the model was trained with, if not given. */
  readonly noise?: number | undefined;
  readonly noiseSeed: number;
  readonly steps: number;
  /** The problem's own, if not given. */
  readonly temperature?: number | undefined;
  readonly seed: number;
  /** The engine that is asked for; the best one, if not given. */
  readonly engine?: string | undefined;
  /** The pixel whose samples are looked at; the least certain one, if not given. */
  readonly pixel?: readonly [row: number, column: number] | undefined;
}

/** What a page shows first. */
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

/** What the reader has chosen now. */
export const view = signal<View>(firstView);

/** Changes some of the choices. */
export function change(part: Partial<View>): void {
  view.value = { ...view.value, ...part };
}
