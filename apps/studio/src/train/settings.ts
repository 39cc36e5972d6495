/** The settings of a training run that the reader can choose. */
export interface TrainSettings {
  /** Of the flow map's three hidden layers. */
  readonly width: number;
  /** Peak learning rate of the flow map's own training; later parts use half of it. */
  readonly learningRate: number;
  /** The probability that a sample's noise comes from the adapter. */
  readonly alpha: number;
  /** tau, the standard deviation of x around its reconstruction f(z). */
  readonly tau: number;
  /** Whether the adapter's noise enters the flow map's loss without its gradient. */
  readonly detach: boolean;
  /** Weight of the energy score of two draws. */
  readonly score: number;
}

export const widths = [32, 64, 96] as const;
export const learningRates = [0.0005, 0.001, 0.002, 0.004] as const;
export const taus = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10] as const;

/** The page's defaults. */
export const firstSettings: TrainSettings = {
  width: 64,
  learningRate: 0.002,
  alpha: 0.5,
  tau: 1,
  detach: true,
  score: 20,
};

/** Whether two runs share the flow map that is trained first. */
export function sharesFlowMap(a: TrainSettings, b: TrainSettings): boolean {
  return a.width === b.width && a.learningRate === b.learningRate;
}

/** The length of a run: the steps of its parts, and the samples of each step. */
export interface RunLength {
  readonly flowMatching: number;
  readonly meanFlow: number;
  readonly adapters: number;
  readonly batchSize: number;
}

/** The length of the runs in the page. */
export const shortRun: RunLength = { flowMatching: 300, meanFlow: 200, adapters: 300, batchSize: 256 };
