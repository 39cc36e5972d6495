/** How close samples are to the exact posterior. */
export interface Reading {
  /** The share of samples on the board's filled squares. */
  readonly onBoard: number;
  /** Standard deviation of x1. */
  readonly spread: number;
  /** Maximum mean discrepancy from exact samples: the root of its estimate, 0 where that is negative. */
  readonly distance: number;
}

/** A posterior, as a sampler sees it. */
export interface PosteriorView {
  /** x1 and x2 of each sample in turn. */
  readonly samples: Float32Array;
  readonly reading: Reading;
}

/** A Gaussian of the latent plane, its axes along those of the plane. */
export interface NoiseView {
  readonly mean: readonly [number, number];
  readonly deviation: readonly [number, number];
  /** Whether an adapter made it, q(z | y); else it is N(0, I). */
  readonly adapted: boolean;
}

/** A model's view of both planes. */
export interface ModelView {
  /** The filled square that each cell of the latent plane is sent to, row by row from the top; `offBoard` for none. */
  readonly landing: Int8Array;
  /** What the samples' noise is drawn from. */
  readonly noise: NoiseView;
  readonly posterior: PosteriorView;
}
