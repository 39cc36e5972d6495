import { describe, expect, it } from "vitest";
import {
  hostArray,
  type HostArray,
  namedLeaves,
  type NDArray,
  randomSource,
  type Tree,
} from "../../src/array/index.js";
import { type Hosted } from "../../src/compile/index.js";
import { isOnCheckerboard } from "../../src/data/checkerboard.js";
import { sampleFlowMap } from "../../src/flow/index.js";
import { energyScore, medianBandwidth, nlpd, squaredMmd, supportAccuracy } from "../../src/metrics/index.js";
import {
  adapterMlpSchema,
  type AdapterMlpParameters,
  applyAdapterMlp,
  applyFlowMlp,
  type FlowMlpParameters,
  flowMlpSchema,
  initialiseAdapterMlp,
  initialiseFlowMlp,
} from "../../src/models/mlp.js";
import { type LinearParameters } from "../../src/nn/index.js";
import { relativeError } from "../support/compare.js";
import { evaluate } from "../support/evaluate.js";
import { type Fixture, fixturesOf } from "../support/fixture.js";

interface PublishedMlp {
  hidden: number;
  depth: number;
}

interface PublishedMetrics {
  B: number;
  J: number;
  meanflow: PublishedMlp;
  adapter2d: PublishedMlp;
}

const { fround } = Math;

/**
 * The published support of the unit square, in float32: n x n squares, of which those of one parity are filled; a border is
 * not.
 */
const publishedSupport =
  (squares: number, parity: number, border: number) =>
  (x1: number, x2: number): boolean =>
    [x1, x2].every((x) => x >= fround(border) && x < fround(1 - border)) &&
    (Math.floor(fround(x1 * squares)) + Math.floor(fround(x2 * squares))) % 2 === parity;

const named = fixturesOf("metrics").map((fixture): [string, Fixture] => [fixture.file, fixture]);

describe.each(named)("the published metrics of the checkerboard: %s", (_, fixture) => {
  const { B, J } = fixture.config as unknown as PublishedMetrics;
  const samples = fixture.get("in.x_samples").data;
  const samplesOf = (i: number, table = samples): Float32Array =>
    table.slice(i * J * 2, (i + 1) * J * 2) as Float32Array;

  /** Compares one number a condition. */
  function expectEach(name: string, value: (i: number) => number, tolerance = 1e-5): void {
    const expected = fixture.get(`out.${name}`).data;
    const scale = Math.max(...expected.map(Math.abs));
    for (let i = 0; i < B; i++) expect(Math.abs(value(i) - expected[i]), name).toBeLessThan(tolerance * scale);
  }
  const resultsNamed = (prefix: string): string[] =>
    [...fixture.under(`out.${prefix}`).keys()].map((rest) => `${prefix}${rest}`);
  const numberIn = (name: string, pattern: RegExp, otherwise: number): number =>
    Number(pattern.exec(name)?.[1] ?? otherwise);

  it("NLPD", () => {
    const y = fixture.get("in.y").data;
    const firstCoordinates = (i: number): Float32Array => samplesOf(i).filter((_, k) => k % 2 === 0);
    for (const name of resultsNamed("nlpd_"))
      expectEach(name, (i) => nlpd([y[i]], firstCoordinates(i), numberIn(name, /sigma(.+)$/, NaN)));
  });

  it("CRPS: the plain energy score of points", () => {
    const truth = fixture.get("in.x_true").data;
    expectEach("crps", (i) => energyScore(samplesOf(i), truth.slice(2 * i, 2 * i + 2)).plain);
  });

  it("MMD with the median heuristic and with given bandwidths", () => {
    const [x, y] = [fixture.get("in.mmd_x").data, fixture.get("in.mmd_y").data];
    const only = (name: string): number => fixture.get(`out.${name}`).data[0];
    expect(medianBandwidth(x, y, 2)).toBeCloseTo(only("mmd_sigma_median"), 6);
    expect(squaredMmd(x, y, 2)).toBeCloseTo(only("mmd2_median"), 5);
    expect(squaredMmd(x, x, 2)).toBeCloseTo(only("mmd2_same"), 5);
    for (const name of resultsNamed("mmd2_sigma"))
      expect(squaredMmd(x, y, 2, numberIn(name, /sigma(.+)$/, NaN)), name).toBeCloseTo(only(name), 5);
  });

  it("support accuracy", () => {
    const points = fixture.get("in.points01").data;
    for (const name of resultsNamed("support_")) {
      const squares = numberIn(name, /^support_(\d+)/, NaN);
      const support = publishedSupport(squares, name.includes("_odd") ? 1 : 0, numberIn(name, /eps(.+)$/, 0));
      expectEach(name, (i) => supportAccuracy(samplesOf(i, points), support));
    }
  });

  it("support accuracy: our board is the published unit square with 4 x 4 squares, enlarged", () => {
    const points = fixture.get("in.points01").data;
    const isFilled = (x1: number, x2: number): boolean => isOnCheckerboard(4 * x1 - 2, 4 * x2 - 2);
    expectEach("support_4", (i) => supportAccuracy(samplesOf(i, points), isFilled));
  });
});

const form = (tree: Tree<HostArray>): [string, readonly number[]][] =>
  namedLeaves(tree).map(({ name, array }) => [name, array.shape]);

describe.each(named)("the published networks of the checkerboard: %s", (_, fixture) => {
  const random = randomSource(0);
  const sizes = fixture.config as unknown as PublishedMetrics;
  const layer = (name: string): Hosted<LinearParameters> => ({
    weight: fixture.get(`${name}.weight`),
    bias: fixture.get(`${name}.bias`),
  });
  // The published lists count the activations too: every second entry is a layer.
  const layers = (prefix: string): Hosted<LinearParameters>[] => {
    const names = [...fixture.under(prefix).keys()].filter((name) => name.endsWith("weight"));
    return names.map((_, i) => layer(`${prefix}${2 * i}`));
  };

  it("give the flow map", async () => {
    const { depth, hidden: width } = sizes.meanflow;
    const parameters = { layers: layers("w.meanflow.net.") };
    expect(form(parameters)).toEqual(
      form(initialiseFlowMlp(flowMlpSchema.parse({ model: "mlp", shape: [2], depth, width }), random)),
    );
    const { shape, data } = fixture.get("in.z");
    const z = hostArray(data, [data.length / 2, 2]);
    for (const [steps, published] of fixture.under("out.f_theta_K")) {
      const x = await evaluate(
        (weights: FlowMlpParameters, z: NDArray) =>
          sampleFlowMap((...inputs) => applyFlowMlp(weights, ...inputs), z, Number(steps)),
        [parameters, z],
      );
      expect(relativeError(hostArray(x.data, shape), published), steps).toBeLessThan(1e-5);
    }
  });

  it("give the adapter", async () => {
    const { depth, hidden: width } = sizes.adapter2d;
    const config = adapterMlpSchema.parse({ model: "mlp", observationShape: [1], shape: [2], depth, width });
    const parameters = {
      layers: layers("w.adapter2d.backbone."),
      mean: layer("w.adapter2d.mu"),
      logSigma: layer("w.adapter2d.log_std"),
    };
    expect(form(parameters)).toEqual(form(initialiseAdapterMlp(config, random)));
    const y = fixture.get("in.y");
    const problem = hostArray(new Int32Array(y.data.length), [y.data.length]);
    const { mean, logSigma } = await evaluate(
      (weights: AdapterMlpParameters, y: NDArray, problem: NDArray) => applyAdapterMlp(config, weights, y, problem),
      [parameters, y, problem],
    );
    expect(relativeError(mean, fixture.get("out.adapter2d_mu"))).toBeLessThan(1e-5);
    expect(relativeError(logSigma, fixture.get("out.adapter2d_logstd"))).toBeLessThan(1e-5);
  });

  it("leave no published number uncompared", () => expect(fixture.unread()).toEqual([]));
});
