import {
  hostArray,
  type HostArray,
  namedLeaves,
  type NDArray,
  randomSource,
  type Tree,
} from "../../../src/array/index.js";
import { type Hosted } from "../../../src/compile/index.js";
import { isOnCheckerboard } from "../../../src/data/checkerboard.js";
import { sampleFlowMap } from "../../../src/flow/index.js";
import { energyScore, medianBandwidth, nlpd, squaredMmd, supportAccuracy } from "../../../src/metrics/index.js";
import {
  adapterMlpSchema,
  type AdapterMlpParameters,
  applyAdapterMlp,
  applyFlowMlp,
  type FlowMlpParameters,
  flowMlpSchema,
  initialiseAdapterMlp,
  initialiseFlowMlp,
} from "../../../src/models/mlp.js";
import { type LinearParameters } from "../../../src/nn/index.js";
import { evaluate } from "../evaluate.js";
import { type Check, compareEach, type Computed, once, requireSame } from "./check.js";
import { type Fixture } from "./fixture.js";

interface PublishedMlp {
  hidden: number;
  depth: number;
}

interface PublishedMetrics {
  meanflow?: PublishedMlp;
  adapter2d?: PublishedMlp;
}

type Support = (x1: number, x2: number) => boolean;

const { fround } = Math;

/** The published support of the unit square, in float32: n x n squares, those of one parity filled; a border is not. */
const publishedSupport =
  (squares: number, parity: number, border: number): Support =>
  (x1, x2) =>
    [x1, x2].every((x) => x >= fround(border) && x < fround(1 - border)) &&
    (Math.floor(fround(x1 * squares)) + Math.floor(fround(x2 * squares))) % 2 === parity;

/** Kind "metrics": the scores of points in the plane, and the two networks of the checkerboard. */
export function metricChecks(fixture: Fixture): Check[] {
  const checks = fixture.names("out.").flatMap((name) => metricCheck(fixture, name) ?? []);
  return [...checks, ...boardCheck(fixture), ...flowMapChecks(fixture), ...adapterChecks(fixture)];
}

/** One number a condition: the samples of each condition lie in a row of `table`, [B, J, 2]. */
function eachCondition({ get }: Fixture, table: string, score: (points: Float32Array, i: number) => number): HostArray {
  const { shape, data } = get(table);
  const [count, size] = [shape[0], data.length / shape[0]];
  const scores = Array.from({ length: count }, (_, i) =>
    score(data.slice(i * size, (i + 1) * size) as Float32Array, i),
  );
  return hostArray(scores, [count]);
}

/** The score that this result's name stands for, and how near it has to be; undefined if it is no score. */
function scoreNamed(fixture: Fixture, name: string): { value: () => HostArray; absolute?: number } | undefined {
  const { get } = fixture;
  const nlpdSigma = /^nlpd_sigma([\d.e-]+)$/.exec(name)?.[1];
  const first = (points: Float32Array): Float32Array => points.filter((_, k) => k % 2 === 0);
  if (nlpdSigma !== undefined)
    return {
      value: () =>
        eachCondition(fixture, "in.x_samples", (points, i) =>
          nlpd([get("in.y").data[i]], first(points), Number(nlpdSigma)),
        ),
    };
  if (name === "crps") {
    const truth = (i: number): Float32Array => get("in.x_true").data.slice(2 * i, 2 * i + 2) as Float32Array;
    return { value: () => eachCondition(fixture, "in.x_samples", (points, i) => energyScore(points, truth(i)).plain) };
  }
  const support = /^support_(\d+)((?:_odd|_eps[\d.]+)*)$/.exec(name);
  if (support !== null) {
    const [, squares, options] = support;
    const border = Number(/_eps([\d.]+)/.exec(options)?.[1] ?? 0);
    const filled = publishedSupport(Number(squares), options.includes("_odd") ? 1 : 0, border);
    return { value: () => eachCondition(fixture, "in.points01", (points) => supportAccuracy(points, filled)) };
  }
  const mmd = (x: string, y: string, sigma?: number) => ({
    value: () => hostArray([squaredMmd(get(x).data, get(y).data, 2, sigma)], [1]),
    absolute: 1e-5,
  });
  const mmdSigma = /^mmd2_sigma([\d.e-]+)$/.exec(name)?.[1];
  if (mmdSigma !== undefined) return mmd("in.mmd_x", "in.mmd_y", Number(mmdSigma));
  if (name === "mmd2_median") return mmd("in.mmd_x", "in.mmd_y");
  // A sample against a permutation of itself.
  if (name === "mmd2_same") return mmd("in.mmd_x", "in.mmd_x");
  if (name === "mmd_sigma_median")
    return { value: () => hostArray([medianBandwidth(get("in.mmd_x").data, get("in.mmd_y").data, 2)], [1]) };
  return undefined;
}

function metricCheck(fixture: Fixture, whole: string): Check | undefined {
  const score = scoreNamed(fixture, whole.slice("out.".length));
  if (score === undefined) return undefined;
  const run = (): void => {
    const published = fixture.get(whole);
    const largest = Math.max(...published.data.map(Math.abs));
    requireSame(whole, score.value(), published, score.absolute === undefined ? 1e-5 : score.absolute / largest);
  };
  return { title: whole, compares: [whole], run };
}

/** Our board is the published unit square with 4 x 4 squares, enlarged. */
function boardCheck(fixture: Fixture): Check[] {
  const name = "out.support_4";
  if (!fixture.has(name)) return [];
  const isFilled: Support = (x1, x2) => isOnCheckerboard(4 * x1 - 2, 4 * x2 - 2);
  const run = (): void => {
    const shares = eachCondition(fixture, "in.points01", (points) => supportAccuracy(points, isFilled));
    requireSame(name, shares, fixture.get(name), 1e-5);
  };
  return [{ title: `${name} by our own board`, compares: [name], run }];
}

const layer = ({ get }: Fixture, name: string): Hosted<LinearParameters> => ({
  weight: get(`${name}.weight`),
  bias: get(`${name}.bias`),
});

// The published lists count the activations too: every second entry is a layer.
const layersUnder = (fixture: Fixture, prefix: string): Hosted<LinearParameters>[] =>
  fixture
    .names(prefix)
    .filter((name) => name.endsWith("weight"))
    .map((_, i) => layer(fixture, `${prefix}${2 * i}`));

function requireForm(what: string, ours: Tree<HostArray>, published: Tree<HostArray>): void {
  const [form, other] = [ours, published].map((tree) =>
    namedLeaves(tree).map(({ name, array }) => `${name} [${array.shape.join()}]`),
  );
  if (form.join() !== other.join()) throw new Error(`${what} is ${other.join()}, ours is ${form.join()}`);
}

function flowMapChecks(fixture: Fixture): Check[] {
  const { meanflow } = fixture.config as PublishedMetrics;
  if (meanflow === undefined) return [];
  const counts = fixture.names("out.f_theta_K").flatMap((name) => /^out\.f_theta_K(\d+)$/.exec(name)?.[1] ?? []);
  const results = once(async (): Promise<Computed> => {
    const { depth, hidden: width } = meanflow;
    const parameters = { layers: layersUnder(fixture, "w.meanflow.net.") };
    const config = flowMlpSchema.parse({ model: "mlp", shape: [2], depth, width });
    requireForm("w.meanflow", initialiseFlowMlp(config, randomSource(0)), parameters);
    const { shape, data } = fixture.get("in.z");
    const found = await evaluate(
      (weights: FlowMlpParameters, z: NDArray) =>
        counts.map((steps) => sampleFlowMap((...inputs) => applyFlowMlp(weights, ...inputs), z, Number(steps))),
      [parameters, hostArray(data, [data.length / 2, 2])],
    );
    return Object.fromEntries(counts.map((steps, i) => [steps, hostArray(found[i].data, shape)]));
  });
  return compareEach(fixture, "out.f_theta_K", counts, results, 1e-5);
}

function adapterChecks(fixture: Fixture): Check[] {
  const { adapter2d } = fixture.config as PublishedMetrics;
  if (adapter2d === undefined) return [];
  const results = once(async (): Promise<Computed> => {
    const { depth, hidden: width } = adapter2d;
    const config = adapterMlpSchema.parse({ model: "mlp", observationShape: [1], shape: [2], depth, width });
    const parameters = {
      layers: layersUnder(fixture, "w.adapter2d.backbone."),
      mean: layer(fixture, "w.adapter2d.mu"),
      logSigma: layer(fixture, "w.adapter2d.log_std"),
    };
    requireForm("w.adapter2d", initialiseAdapterMlp(config, randomSource(0)), parameters);
    const y = fixture.get("in.y");
    const problem = hostArray(new Int32Array(y.data.length), [y.data.length]);
    const { mean, logSigma } = await evaluate(
      (weights: AdapterMlpParameters, y: NDArray, problem: NDArray) => applyAdapterMlp(config, weights, y, problem),
      [parameters, y, problem],
    );
    return { mu: mean, logstd: logSigma };
  });
  return compareEach(fixture, "out.adapter2d_", ["mu", "logstd"], results, 1e-5);
}
