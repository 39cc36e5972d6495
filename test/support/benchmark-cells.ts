import { type Cell } from "../../studies/images/index.js";

/** A cell of a benchmark of MNIST's denoising with the given figures. */
export function benchmarkCell(method: string, figures: Partial<Cell>): Cell {
  const rest: Cell = {
    dataset: "mnist",
    problem: "denoise",
    method,
    settings: {},
    images: 2,
    samples: 2,
    seed: 0,
    evaluations: 1,
    secondsPerSample: 0.001,
    crps: 0.1,
    energy: 1,
    mmd: null,
    mmdImages: 0,
    coverage90: 0.9,
    psnrSample: null,
    psnrMean: null,
    ssimSample: 0,
    ssimMean: 0,
    frechet: 0,
    precision: 0,
    recall: 0,
    featureDistance: 0,
    labelAgreement: null,
    misfit: 1,
    intervals: {},
  };
  return { ...rest, ...figures };
}

/** The figures that a cell has on the images that all methods share, where its own are on more. */
export function sharedWith(cell: Cell, figures: Partial<Cell>): Cell {
  const { crps, energy, coverage90, psnrSample, psnrMean, ssimSample, ssimMean, frechet } = cell;
  const { precision, recall, featureDistance, labelAgreement, misfit } = cell;
  const own = { crps, energy, coverage90, psnrSample, psnrMean, ssimSample, ssimMean, frechet };
  const others = { precision, recall, featureDistance, labelAgreement, misfit };
  return { ...cell, shared: { images: 1, samples: 2, ...own, ...others, intervals: {}, ...figures } };
}
