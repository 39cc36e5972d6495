import { describe, expect, it } from "vitest";
import {
  add,
  gradient,
  hostArray,
  hostFull,
  type HostArray,
  jvp,
  mapHostTree,
  mul,
  namedLeaves,
  type NDArray,
  ones,
  randomSource,
  sub,
  sum,
  type Tree,
  valueAndGradient,
} from "../src/array/index.js";
import { compile, type Hosted } from "../src/compile/index.js";
import {
  adapterEncoderSchema,
  type AdapterEncoderParameters,
  applyAdapterEncoder,
  initialiseAdapterEncoder,
} from "../src/models/adapter-unet.js";
import { applyDit, ditSchema } from "../src/models/dit.js";
import { applyDmft, dmftLogVariance, type DmftParameters, dmftSchema, initialiseDmft } from "../src/models/dmft.js";
import {
  adapterMlpSchema,
  type AdapterMlpParameters,
  applyAdapterMlp,
  applyFlowMlp,
  type FlowMlpParameters,
  flowMlpSchema,
  initialiseAdapterMlp,
  initialiseFlowMlp,
} from "../src/models/mlp.js";
import { type LinearParameters } from "../src/nn/index.js";
import { positionTable } from "../src/models/position-table.js";
import { initialiseTransformer, type TransformerParameters } from "../src/models/transformer.js";
import { dot, relativeError } from "./support/compare.js";
import { type Fixture, readFixture } from "./support/fixture.js";

const engine = { backend: "jax" } as const;
const random = randomSource(0);

/** The published weights in the form of `template`: every name and shape must be there, and no other. */
function published<T extends Tree<HostArray>>(template: T, fixture: Fixture): T {
  const weights = fixture.under("w.");
  weights.delete("pos_embed");
  expect([...weights.keys()].sort()).toEqual(
    namedLeaves(template)
      .map(({ name }) => name)
      .sort(),
  );
  return mapHostTree(template, ({ shape }, name) => {
    const weight = fixture.get(`w.${name}`);
    expect(weight.shape, name).toEqual(shape);
    return weight;
  });
}

const form = (tree: Tree<HostArray>): [string, readonly number[]][] =>
  namedLeaves(tree).map(({ name, array }) => [name, array.shape]);

function expectSameForm(actual: Tree<HostArray>, template: Tree<HostArray>): void {
  expect(form(actual)).toEqual(form(template));
}

/**
 * Compares with the fixture's statistics of each parameter's gradient: its norm, its product with the parameter, its sum.
 * Parameters that the objective does not reach have none.
 */
function expectGradients(fixture: Fixture, gradients: Tree<HostArray>, parameters: Tree<HostArray>): void {
  const statistics = fixture.under("out.gradstat.");
  const values = new Map(namedLeaves(parameters).map(({ name, array }) => [name, array]));
  const largest = Math.max(...[...statistics.values()].map(({ data }) => data[0]));
  let compared = 0;
  for (const { name, array } of namedLeaves(gradients)) {
    const reference = statistics.get(name)?.data;
    const parameter = values.get(name);
    if (reference === undefined || parameter === undefined) continue;
    const [norm, product, total] = reference;
    // Some gradients vanish but for rounding (a bias before a group norm of one channel a group).
    const tolerance = 1e-4 * norm + 1e-6 * largest;
    const size = Math.max(1, Math.sqrt(dot(parameter, parameter)), Math.sqrt(array.data.length));
    expect(Math.abs(Math.sqrt(dot(array, array)) - norm), `norm of ${name}`).toBeLessThan(tolerance);
    expect(Math.abs(dot(array, parameter) - product), `product of ${name}`).toBeLessThan(tolerance * size);
    expect(Math.abs(dot(array, hostFull(array.shape, 1)) - total), `sum of ${name}`).toBeLessThan(tolerance * size);
    compared++;
  }
  expect(compared).toBe(statistics.size);
}

interface PublishedTransformer {
  input_size: number;
  in_channels: number;
  patch_size: number;
  hidden_size: number;
  depth: number;
  num_heads: number;
  num_classes: number;
  qk_norm: boolean;
  pretrained_sigma: boolean;
}

const transformerConfig = (model: PublishedTransformer) => ({
  shape: [model.in_channels, model.input_size, model.input_size],
  patch: model.patch_size,
  depth: model.depth,
  width: model.hidden_size,
  heads: model.num_heads,
  classes: model.num_classes,
  queryKeyNorm: model.qk_norm,
  sigmaHead: model.pretrained_sigma,
});

interface PublishedMlp {
  hidden: number;
  depth: number;
}

interface PublishedAdapter {
  image_size: number;
  in_channels: number;
  latent_channels: number;
  latent_size: number;
  num_inverse_problems: number;
  cond_dim: number;
  base_channels: number;
  channel_mult: number[];
  num_res_blocks: number;
}

describe("DMFT against the published network", () => {
  const fixture = readFixture("dmft_sigma");
  const model = fixture.config.model as PublishedTransformer & { dmf_depth: number; use_logvar: boolean };
  const config = dmftSchema.parse({
    model: "dmft",
    ...transformerConfig(model),
    encoderDepth: model.dmf_depth,
    logVarianceHead: model.use_logvar,
  });
  const parameters = published(initialiseDmft(config, random), fixture);
  const [x, r, t, v, cotangent] = ["x", "r", "t", "v", "cotangent"].map((name) => fixture.get(`in.${name}`));
  const labels = fixture.integers("in.y");

  it("makes the published position table", () => {
    const side = config.shape[1] / config.patch;
    expect(relativeError(positionTable(side, side, config.width), fixture.get("w.pos_embed"))).toBeLessThan(1e-6);
  });

  it("gives its mean velocity, the derivative along the trajectory and the log variance", async () => {
    const network = await compile(
      (weights: DmftParameters, x: NDArray, r: NDArray, t: NDArray, v: NDArray, labels: NDArray) => {
        const u = (x: NDArray, t: NDArray): NDArray => applyDmft(config, weights, x, r, t, labels);
        const [value, derivative] = jvp(u, [x, t], [v, ones([t.shape[0]])]);
        return { value, derivative, logVariance: dmftLogVariance(weights, r, t) };
      },
      [parameters, x, r, t, v, labels],
      engine,
    );
    const result = await network.run(parameters, x, r, t, v, labels);
    expect(relativeError(result.value, fixture.get("out.u"))).toBeLessThan(1e-5);
    expect(relativeError(result.derivative, fixture.get("out.du_dt"))).toBeLessThan(2e-5);
    expect(relativeError(result.logVariance, fixture.get("out.logvar"))).toBeLessThan(1e-5);
  });

  it("gives its gradients", async () => {
    type Inputs = { x: NDArray; r: NDArray; t: NDArray; weights: DmftParameters };
    const gradients = await compile(
      (inputs: Inputs, labels: NDArray, cotangent: NDArray) =>
        gradient(({ x, r, t, weights }: Inputs) => sum(mul(applyDmft(config, weights, x, r, t, labels), cotangent)))(
          inputs,
        ),
      [{ x, r, t, weights: parameters }, labels, cotangent],
      engine,
    );
    const result = await gradients.run({ x, r, t, weights: parameters }, labels, cotangent);
    for (const name of ["x", "r", "t"] as const)
      expect(relativeError(result[name], fixture.get(`out.grad.${name}`)), name).toBeLessThan(2e-5);
    expectGradients(fixture, result.weights, parameters);
  });
});

describe("SiT against the published network", () => {
  const fixture = readFixture("sit");
  const config = ditSchema.parse({
    model: "dit",
    ...transformerConfig(fixture.config.model as PublishedTransformer),
  });
  const parameters = published(initialiseTransformer(config, random), fixture);
  const [x, t, cotangent] = ["x", "t", "cotangent"].map((name) => fixture.get(`in.${name}`));
  const labels = fixture.integers("in.y");

  it("gives its velocity and gradients", async () => {
    type Inputs = { x: NDArray; weights: TransformerParameters };
    const network = await compile(
      (inputs: Inputs, t: NDArray, labels: NDArray, cotangent: NDArray) => {
        const velocity = ({ x, weights }: Inputs): NDArray => applyDit(config, weights, x, t, labels);
        const objective = (inputs: Inputs): NDArray => sum(mul(velocity(inputs), cotangent));
        return { value: velocity(inputs), ...gradient(objective)(inputs) };
      },
      [{ x, weights: parameters }, t, labels, cotangent],
      engine,
    );
    const result = await network.run({ x, weights: parameters }, t, labels, cotangent);
    expect(relativeError(result.value, fixture.get("out.v"))).toBeLessThan(1e-5);
    expect(relativeError(result.x, fixture.get("out.grad.x"))).toBeLessThan(2e-5);
    expectGradients(fixture, result.weights, parameters);
  });
});

describe("adapter against the published network", () => {
  const fixture = readFixture("adapter");
  const model = fixture.config.model as PublishedAdapter;
  const config = adapterEncoderSchema.parse({
    model: "adapter-unet",
    observationShape: [model.in_channels, model.image_size, model.image_size],
    shape: [model.latent_channels, model.latent_size, model.latent_size],
    problems: model.num_inverse_problems,
    channels: model.base_channels,
    multipliers: model.channel_mult,
    blocks: model.num_res_blocks,
    embedding: model.cond_dim,
  });
  const parameters = published(initialiseAdapterEncoder(config, random), fixture);
  const [y, ofMean, ofLogVariance] = ["y", "cotangent_mu", "cotangent_logvar"].map((name) => fixture.get(`in.${name}`));
  const problem = fixture.integers("in.c");

  it("gives its mean, log variance and gradients", async () => {
    const network = await compile(
      (weights: AdapterEncoderParameters, y: NDArray, problem: NDArray, ofMean: NDArray, ofLogVariance: NDArray) =>
        valueAndGradient((weights: AdapterEncoderParameters) => {
          const { mean, logSigma } = applyAdapterEncoder(weights, y, problem);
          const logVariance = mul(logSigma, 2);
          const objective = add(sum(mul(mean, ofMean)), sum(mul(logVariance, ofLogVariance)));
          return [objective, { mean, logVariance }];
        })(weights),
      [parameters, y, problem, ofMean, ofLogVariance],
      engine,
    );
    const result = await network.run(parameters, y, problem, ofMean, ofLogVariance);
    expect(relativeError(result.auxiliary.mean, fixture.get("out.mu"))).toBeLessThan(1e-5);
    expect(relativeError(result.auxiliary.logVariance, fixture.get("out.logvar"))).toBeLessThan(1e-5);
    expectGradients(fixture, result.gradient, parameters);
  });
});

describe("checkerboard networks against the published ones", () => {
  const fixture = readFixture("metrics");
  const sizes = fixture.config as { meanflow: PublishedMlp; adapter2d: PublishedMlp };
  // The published lists count the activations too: every second entry is a layer.
  const layers = (prefix: string): Hosted<LinearParameters>[] => {
    const names = [...fixture.under(prefix).keys()].filter((name) => name.endsWith("weight"));
    return names.map((_, i) => ({
      weight: fixture.get(`${prefix}${2 * i}.weight`),
      bias: fixture.get(`${prefix}${2 * i}.bias`),
    }));
  };
  const head = (name: string): Hosted<LinearParameters> => ({
    weight: fixture.get(`w.adapter2d.${name}.weight`),
    bias: fixture.get(`w.adapter2d.${name}.bias`),
  });

  it("give the one-step map", async () => {
    const config = flowMlpSchema.parse({
      model: "mlp",
      shape: [2],
      depth: sizes.meanflow.depth,
      width: sizes.meanflow.hidden,
    });
    const parameters = { layers: layers("w.meanflow.net.") };
    expectSameForm(parameters, initialiseFlowMlp(config, random));
    const { shape, data } = fixture.get("in.z");
    const z = hostArray(data, [data.length / 2, 2]);
    const [r, t] = [0, 1].map((time) => hostFull([data.length / 2], time));
    const map = await compile(
      (weights: FlowMlpParameters, z: NDArray, r: NDArray, t: NDArray) => sub(z, applyFlowMlp(weights, z, r, t)),
      [parameters, z, r, t],
      engine,
    );
    const x = await map.run(parameters, z, r, t);
    expect(relativeError(hostArray(x.data, shape), fixture.get("out.f_theta_K1"))).toBeLessThan(1e-5);
  });

  it("give the adapter", async () => {
    const config = adapterMlpSchema.parse({
      model: "mlp",
      observationShape: [1],
      shape: [2],
      depth: sizes.adapter2d.depth,
      width: sizes.adapter2d.hidden,
    });
    const parameters = { layers: layers("w.adapter2d.backbone."), mean: head("mu"), logSigma: head("log_std") };
    expectSameForm(parameters, initialiseAdapterMlp(config, random));
    const y = fixture.get("in.y");
    const problem = hostArray(new Int32Array(y.data.length), [y.data.length]);
    const adapter = await compile(
      (weights: AdapterMlpParameters, y: NDArray, problem: NDArray) => applyAdapterMlp(config, weights, y, problem),
      [parameters, y, problem],
      engine,
    );
    const { mean, logSigma } = await adapter.run(parameters, y, problem);
    expect(relativeError(mean, fixture.get("out.adapter2d_mu"))).toBeLessThan(1e-5);
    expect(relativeError(logSigma, fixture.get("out.adapter2d_logstd"))).toBeLessThan(1e-5);
  });
});
