import { type Service } from "../../bus/index.js";
import { type ModelView, type PosteriorView } from "../../checkerboard/index.js";

/** The models that the page explains, from the same flow map: everything trained together, and the adapter alone. */
export type ModelName = "joint" | "frozen";

/** Points on their way from noise to data. */
export interface Paths {
  /** x1 and x2 of each point in turn, at equal steps of time from t = 1 (noise) to t = 0 (data). */
  readonly places: readonly Float32Array[];
  /** The square that each point arrives at. */
  readonly squares: Int8Array;
}

/** What the page shows once the models are loaded. */
export interface Opened {
  /** Along the velocity of the flow map, in many small steps. */
  readonly paths: Paths;
  /** The same noise in one jump, x1 and x2 of each point in turn. */
  readonly jumped: Float32Array;
  readonly landing: Readonly<Record<ModelName, ModelView["landing"]>>;
}

/** Every sampler's samples given an observation. */
export interface Answers {
  readonly exact: PosteriorView;
  readonly models: Readonly<Record<ModelName, Omit<ModelView, "landing">>>;
}

/** What is judged: one of the models, or the exact posterior itself. */
export type Judged = ModelName | "exact";

/** A bin of a histogram of ranks: its count, and the limits of a correct sampler's count. */
export interface RankBin {
  readonly count: number;
  readonly low: number;
  readonly high: number;
}

/** How often central intervals of a level contain the truth, and the limits for a correct sampler. */
export interface Coverage {
  readonly level: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** What many observations say about a sampler, for each coordinate. */
export interface Judgement {
  readonly simulations: number;
  /** Samples of each observation. */
  readonly samples: number;
  readonly coordinates: readonly { readonly ranks: readonly RankBin[]; readonly coverage: readonly Coverage[] }[];
}

/** What the worker of the Learn page does. */
export type LearnServices = {
  /** Loads the models. */
  open: Service<{ site: string }, Opened>;
  /** Draws every sampler's samples given y. */
  look: Service<number, Answers>;
  /** Judges a sampler with fresh observations. */
  judge: Service<{ judged: Judged; seed: number }, Judgement>;
};
