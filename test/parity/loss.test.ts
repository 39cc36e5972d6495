import { describe, expect, it } from "vitest";
import {
  add,
  concatenate,
  convolve,
  hostArray,
  type HostArray,
  less,
  mapHostTree,
  meanPerSample,
  mul,
  namedLeaves,
  type NDArray,
  perSample,
  randomSource,
  sizeOf,
  sliceAxis,
  square,
  sub,
  type Tree,
  valueAndGradient,
  where,
} from "../src/array/index.js";
import {
  adaptivelyWeighted,
  flowMatchingLoss,
  meanFlowLoss,
  type MeanVelocity,
  sampleFlowMap,
} from "../src/flow/index.js";
import {
  adapterEncoderSchema,
  type AdapterEncoderParameters,
  applyAdapterEncoder,
  initialiseAdapterEncoder,
} from "../src/models/adapter-unet.js";
import { applyDmft, type DmftParameters, dmftSchema, initialiseDmft } from "../src/models/dmft.js";
import { gaussianBlur, identity, superResolution } from "../src/operators/index.js";
import { adapterObjective, drawNoise, jointObjective, klToStandardNormal } from "../src/vfm/index.js";
import { dot, relativeError } from "./support/compare.js";
import { evaluate } from "./support/evaluate.js";
import { readFixture } from "./support/fixture.js";

// The published objective of the image experiments, from its recorded draws. It takes (L_FM + L_MF) / 2 on all samples
// and weighs each sample's sum of all terms adaptively; its observation term is a mean over pixels after A^T.

interface Published {
  dmft: {
    input_size: number;
    patch_size: number;
    in_channels: number;
    hidden_size: number;
    depth: number;
    num_heads: number;
    num_classes: number;
    dmf_depth: number;
  };
  adapter: {
    image_size: number;
    in_channels: number;
    latent_channels: number;
    latent_size: number;
    num_inverse_problems: number;
    cond_dim: number;
    base_channels: number;
    channel_mult: number[];
    num_res_blocks: number;
  };
}

const fixture = readFixture("loss");
const { dmft, adapter } = fixture.config as unknown as Published;
const random = randomSource(0);
const published = <T extends Tree<HostArray>>(template: T, prefix: string): T =>
  mapHostTree(template, (_, name) => fixture.get(`${prefix}${name}`));

const mapConfig = dmftSchema.parse({
  model: "dmft",
  shape: [dmft.in_channels, dmft.input_size, dmft.input_size],
  patch: dmft.patch_size,
  depth: dmft.depth,
  width: dmft.hidden_size,
  heads: dmft.num_heads,
  classes: dmft.num_classes,
  encoderDepth: dmft.dmf_depth,
});
const image = { channels: adapter.in_channels, height: adapter.image_size, width: adapter.image_size };
const latent = [adapter.latent_channels, adapter.latent_size, adapter.latent_size];
const adapterConfig = adapterEncoderSchema.parse({
  model: "adapter-unet",
  observationShape: [image.channels, image.height, image.width],
  shape: latent,
  problems: adapter.num_inverse_problems,
  channels: adapter.base_channels,
  multipliers: adapter.channel_mult,
  blocks: adapter.num_res_blocks,
  embedding: adapter.cond_dim,
});
const networks = {
  map: published(initialiseDmft(mapConfig, random), "w.model."),
  adapter: published(initialiseAdapterEncoder(adapterConfig, random), "w.adapter."),
};
const average = published(initialiseDmft(mapConfig, random), "w.ema.");

const problem = fixture.integers("in.problem_ids");
const samples = problem.data.length;
const flat = (name: string): HostArray => hostArray(fixture.get(name).data, [samples]);
const draws = {
  x: fixture.get("in.latent"),
  aty: fixture.get("out.base.ys"),
  eps: fixture.get("in.eps_z"),
  freshFlowMatching: fixture.get("in.fresh_noise_fm"),
  freshMeanFlow: fixture.get("in.fresh_noise_mf"),
  keep: flat("in.mask_uniform"),
  flowTime: flat("out.base.t_fm"),
  r: flat("out.base.r_mf"),
  t: flat("out.base.t_mf"),
  tau: hostArray([Math.SQRT1_2], []),
  decode: hostArray(fixture.get("in.decode_matrix").data, [image.channels, latent[0], 1, 1]),
};
const inputs = {
  draws,
  problem,
  labels: fixture.integers("in.label"),
  kept: fixture.integers("out.base.y_after_drop"),
};

interface Inputs {
  draws: { [K in keyof typeof draws]: NDArray };
  problem: NDArray;
  labels: NDArray;
  kept: NDArray;
}
// An interface would not fit a tree's index signature.
type Networks = { map: DmftParameters; adapter: AdapterEncoderParameters };

const operators = [identity(), superResolution({ factor: 4 }), gaussianBlur({ std: 3 })];
const enlarge = superResolution({ factor: image.height / latent[1] });

/** A^T A x of each sample by its own problem. */
const observe = (x: NDArray): NDArray =>
  concatenate(
    [...problem.data].map((index, i) => {
      const { forward, transpose } = operators[index];
      return transpose(forward(sliceAxis(x, 0, i, i + 1), {}), {}, image);
    }),
  );

/** 200 mean((A^T A x - A^T y)^2) of the decoded latents. */
function dataLoss(x: NDArray, { draws: { aty, decode } }: Inputs): NDArray {
  const decoded = enlarge.transpose(convolve(x, decode), {}, image);
  return mul(meanPerSample(square(sub(observe(decoded), aty))), 200);
}

const velocityOf =
  (parameters: DmftParameters, labels: NDArray): MeanVelocity =>
  (x, r, t) =>
    applyDmft(mapConfig, parameters, x, r, t, labels);

const norm = (tree: Tree<HostArray>): number =>
  Math.sqrt(namedLeaves(tree).reduce((total, { array }) => total + dot(array, array), 0));

const settings = { reduction: "mean", observationWeight: 1, klWeight: 1, observationSteps: 1 } as const;

/** The settings divide by the latent's entries; the published observation term is a mean already. */
const likelihood = (all: Inputs) => (x: NDArray) => mul(dataLoss(x, all), sizeOf(latent));

describe("the joint objective against the published one", () => {
  it.each([
    ["mean flow", "mf_loss", samples],
    ["flow matching", "fm_loss", 0],
  ] as const)("has the terms, with %s", async (_, name, jumps) => {
    const fresh = jumps === 0 ? "freshFlowMatching" : "freshMeanFlow";
    const [, measures] = await evaluate(
      (parameters: Networks, ema: DmftParameters, all: Inputs) =>
        jointObjective(
          {
            meanVelocity: velocityOf(parameters.map, all.kept),
            observationMeanVelocity: velocityOf(ema, all.labels),
            adapter: (aty, classes) => applyAdapterEncoder(parameters.adapter, aty, classes),
          },
          {
            ...all.draws,
            problem: all.problem,
            freshNoise: all.draws[fresh],
            t: jumps === 0 ? all.draws.flowTime : all.draws.t,
          },
          likelihood(all),
          { ...settings, jumps, alpha: 0.8, detachNoise: false },
        ),
      [networks, average, inputs],
      "onnx",
    );
    const expected = {
      meanFlow: name,
      observation: "data_consistency_loss",
      kl: "kl_loss",
      adapterMean: "mu_mean",
      adapterSigma: "sigma_mean",
    };
    for (const [measure, published] of Object.entries(expected)) {
      const data = [...fixture.get(`out.base.${published}`).data];
      const reference = data.reduce((sum, value) => sum + value, 0) / data.length;
      expect(Math.abs(measures[measure].data[0] / reference - 1), measure).toBeLessThan(1e-5);
    }
  });

  it("has the loss and the gradient of the adapter alone", async () => {
    const { value, gradient } = await evaluate(
      (parameters: AdapterEncoderParameters, ema: DmftParameters, all: Inputs) =>
        valueAndGradient((own: AdapterEncoderParameters) =>
          adapterObjective(
            {
              observationMeanVelocity: velocityOf(ema, all.labels),
              adapter: (aty, classes) => applyAdapterEncoder(own, aty, classes),
            },
            { ...all.draws, problem: all.problem },
            likelihood(all),
            settings,
          ),
        )(parameters),
      [networks.adapter, average, inputs],
      "onnx",
    );
    expect(relativeError(hostArray(value.data, [1]), fixture.get("out.adapter_only.total_mean"))).toBeLessThan(1e-5);
    const published = fixture.get("out.adapter_only.gradnorm_adapter").data[0];
    expect(Math.abs(norm(gradient) / published - 1)).toBeLessThan(1e-4);
  });

  it.each([
    { variant: "learn", learns: true, weights: [1, 1, 1] },
    { variant: "weights", learns: false, weights: [40, 0.5, 3] },
  ])(
    "has the losses of each sample and the gradients, from its parts: $variant",
    async ({ variant, learns, weights }) => {
      const { value, auxiliary, gradient } = await evaluate(
        (parameters: Networks, ema: DmftParameters, all: Inputs) =>
          valueAndGradient((own: Networks) => {
            const { x, aty, eps, keep, flowTime, r, t, freshFlowMatching, freshMeanFlow } = all.draws;
            const u = velocityOf(own.map, all.kept);
            const q = applyAdapterEncoder(own.adapter, aty, all.problem);
            const z = drawNoise(q, eps);
            const mix = (fresh: NDArray): NDArray => where(perSample(less(keep, 0.8), x), z, fresh);
            const fm = flowMatchingLoss(u, x, mix(freshFlowMatching), flowTime);
            const mf = meanFlowLoss(u, x, mix(freshMeanFlow), r, t, { jumps: samples });
            const observed = velocityOf(learns ? own.map : ema, all.labels);
            const data = dataLoss(sampleFlowMap(observed, z, 1), all);
            const kl = klToStandardNormal(q, "mean");
            const total = add(add(mul(add(fm, mf), weights[0] / 2), mul(data, weights[1])), mul(kl, weights[2]));
            const terms = { fm_loss: fm, mf_loss: mf, data_consistency_loss: data, kl_loss: kl };
            return [adaptivelyWeighted(total, { power: 1, offset: 0.01, per: "sample" }), terms];
          })(parameters),
        [networks, average, inputs],
        "onnx",
      );
      const out = (name: string): HostArray => fixture.get(`out.${variant}.${name}`);
      for (const [name, losses] of Object.entries(auxiliary as Record<string, HostArray>))
        expect(relativeError(losses, out(name)), name).toBeLessThan(1e-5);
      expect(relativeError(hostArray(value.data, [1]), out("total_mean"))).toBeLessThan(1e-5);
      const { map, adapter: ofAdapter } = gradient;
      expect(Math.abs(norm(map) / out("gradnorm_model").data[0] - 1)).toBeLessThan(1e-4);
      expect(Math.abs(norm(ofAdapter) / out("gradnorm_adapter").data[0] - 1)).toBeLessThan(1e-4);
    },
  );
});
