import { describe, expect, it } from "vitest";
import {
  abs,
  exp,
  hostArray,
  type HostArray,
  mean,
  mul,
  namedLeaves,
  type NDArray,
  randomSource,
  type Tree,
  valueAndGradient,
} from "../../src/array/index.js";
import { type MeanVelocity, reverseTime } from "../../src/flow/index.js";
import {
  type AdapterEncoderParameters,
  applyAdapterEncoder,
  initialiseAdapterEncoder,
} from "../../src/models/adapter-unet.js";
import { applyDmft, type DmftParameters, initialiseDmft } from "../../src/models/dmft.js";
import { type OperatorParameters, type TracedParameters } from "../../src/operators/index.js";
import { dot, relativeError } from "../support/compare.js";
import { evaluate } from "../support/evaluate.js";
import { type Fixture, fixturesOf, publishedWeights } from "../support/fixture.js";
import { expectGradients } from "../support/gradient-statistics.js";
import {
  adapterConfigOf,
  dmftConfigOf,
  type PublishedAdapter,
  type PublishedTransformer,
} from "../support/published-models.js";
import {
  decodeByMatrix,
  logitNormal,
  observeTransposed,
  publishedObjective,
  publishedOperator,
  type PublishedTerms,
} from "../support/published-objective.js";

interface Variant {
  AdapterLoss: Record<
    "P_mean" | "P_std" | "P_mean_t" | "P_std_t" | "P_mean_r" | "P_std_r" | "cfg_prob" | "omega",
    number
  > & {
    g_type?: string;
    g_min?: number;
    g_max?: number;
  };
  call: {
    train_adapter_only?: boolean;
    data_loss_learn_fm?: string;
    data_loss_weight?: number;
    FM_loss_weight?: number;
    KL_loss_weight?: number;
  };
}

interface PublishedLoss {
  dmft: PublishedTransformer;
  adapter: PublishedAdapter;
  problems: Record<string, string>;
  reverse: boolean;
  variants: Record<string, Variant>;
}

// An interface would not fit a tree's index signature.
type Networks = { map: DmftParameters; adapter: AdapterEncoderParameters };

interface TracedInputs {
  x: NDArray;
  image: NDArray;
  noises: NDArray[];
  drawn: TracedParameters[];
  problem: NDArray;
  labels: NDArray;
  kept: NDArray;
  matrix: NDArray;
  draws: PublishedTerms["draws"];
}

const norm = (tree: Tree<HostArray>): number =>
  Math.sqrt(namedLeaves(tree).reduce((total, { array }) => total + dot(array, array), 0));

const named = fixturesOf("adapter_loss").map((fixture): [string, Fixture] => [fixture.file, fixture]);

describe.each(named)("the published objective: %s", (_, fixture) => {
  const config = fixture.config as unknown as PublishedLoss;
  const mapConfig = dmftConfigOf(config.dmft);
  const adapterConfig = adapterConfigOf(config.adapter);
  const random = randomSource(0);
  const networks = {
    map: publishedWeights(initialiseDmft(mapConfig, random), fixture, "w.model."),
    adapter: publishedWeights(initialiseAdapterEncoder(adapterConfig, random), fixture, "w.adapter."),
  };
  const average = publishedWeights(initialiseDmft(mapConfig, random), fixture, "w.ema.");

  const [channels, height, width] = adapterConfig.observationShape;
  const image = { channels, height, width };
  const problem = fixture.integers("in.problem_ids");
  const samples = problem.data.length;
  const operators = [...problem.data].map((id) => publishedOperator(config.problems[id]));
  const drawn = operators.map((operator, i): OperatorParameters => {
    if (operator.observedMask !== undefined) return { [operator.observedMask]: fixture.get(`in.op_mask.${i}`) };
    if (operator.name !== "motion-blur") return {};
    // The published copies of this operator share one kernel, the last that was drawn.
    const { shape, data } = fixture.get("in.motion_kernel_last");
    return { kernel: { shape: [1, ...shape], data } };
  });
  const flat = (name: string): HostArray => hostArray(fixture.get(name).data, [samples]);
  const dropped = (cfgProb: number): Int32Array =>
    Int32Array.from(flat("in.cond_drop_uniform").data, (uniform) => (uniform < Math.fround(cfgProb) ? 1 : 0));

  /** The times of a variant in our direction, t = 1 is noise. */
  function times({ P_mean, P_std, P_mean_t, P_std_t, P_mean_r, P_std_r }: Variant["AdapterLoss"]) {
    const tFm = logitNormal(fixture.get("in.randn_t_fm"), P_mean, P_std);
    const first = logitNormal(fixture.get("in.randn_ln1"), P_mean_t, P_std_t);
    const second = logitNormal(fixture.get("in.randn_ln2"), P_mean_r, P_std_r);
    return {
      tFm: hostArray(tFm, [samples]),
      tMf: hostArray(
        first.map((value, i) => Math.max(value, second[i])),
        [samples],
      ),
      rMf: hostArray(
        first.map((value, i) => Math.min(value, second[i])),
        [samples],
      ),
    };
  }

  const inputs = ({ AdapterLoss: settings }: Variant) => {
    const labels = fixture.integers("in.label");
    const lost = dropped(settings.cfg_prob);
    return {
      x: fixture.get("in.latent"),
      image: fixture.get("in.img"),
      noises: operators.map((_, i) => fixture.get(`in.meas_noise.${i}`)),
      drawn,
      problem,
      labels,
      kept: hostArray(
        labels.data.map((label, i) => (lost[i] === 1 ? mapConfig.classes : label)),
        [samples],
      ),
      matrix: hostArray(fixture.get("in.decode_matrix").data, [channels, mapConfig.shape[0], 1, 1]),
      draws: {
        eps: fixture.get("in.eps_z"),
        keep: flat("in.mask_uniform"),
        freshFm: fixture.get("in.fresh_noise_fm"),
        freshMf: fixture.get("in.fresh_noise_mf"),
        keepsLabel: hostArray(
          Float32Array.from(lost, (is) => 1 - is),
          [samples],
        ),
        ...times(settings),
      },
    };
  };

  const run = (variant: Variant) =>
    evaluate(
      (parameters: Networks, ema: DmftParameters, given: TracedInputs) =>
        valueAndGradient((own: Networks) => {
          const { draws, problem, labels, kept } = given;
          const u = (parameters: DmftParameters, labels?: NDArray): MeanVelocity => {
            const network: MeanVelocity = (x, r, t) => applyDmft(mapConfig, parameters, x, r, t, labels);
            return config.reverse ? reverseTime(network) : network;
          };
          const observation = { operators, parameters: given.drawn, image };
          const aty = observeTransposed(observation, given.image, given.noises);
          const q = applyAdapterEncoder(own.adapter, aty, problem);
          const { omega, g_type, g_min = 0, g_max = 1 } = variant.AdapterLoss;
          const { FM_loss_weight: flow = 1, data_loss_weight: data = 1, KL_loss_weight: kl = 1 } = variant.call;
          const result = publishedObjective({
            meanVelocity: u(own.map, kept),
            unlabelled: u(own.map),
            observationMeanVelocity: u(variant.call.data_loss_learn_fm === "learn" ? own.map : ema, labels),
            q,
            x: given.x,
            draws,
            aty,
            observe: (x) => observeTransposed(observation, x),
            decode: (z) => decodeByMatrix(z, given.matrix, image),
            weights: { flow, data, kl },
            guidance: g_type === "mg" ? { omega, interval: [g_min, g_max] } : undefined,
          });
          const total = variant.call.train_adapter_only === true ? result.adapter : result.weighted;
          return [
            mean(total),
            {
              samples: { ...result.losses, total_loss: total },
              means: { mu_mean: mean(abs(q.mean)), sigma_mean: mean(exp(q.logSigma)) },
              trace: { ...result.trace, ys: aty, mu: q.mean, logvar: mul(q.logSigma, 2) },
            },
          ];
        })(parameters),
      [networks, average, inputs(variant)],
      "onnx",
    );

  /** Everything the file has of a variant is compared. */
  it.each(Object.entries(config.variants))("%s", async (name, variant) => {
    const { value, auxiliary, gradient } = await run(variant);
    const out = (key: string): HostArray => fixture.get(`out.${name}.${key}`);
    const scalar = ({ data }: HostArray): HostArray => hostArray(data, [1]);
    for (const [key, array] of Object.entries(auxiliary.samples))
      expect(relativeError(array, out(key)), key).toBeLessThan(1e-5);
    for (const [key, array] of Object.entries({ ...auxiliary.means, total_mean: value }))
      expect(relativeError(scalar(array), out(key)), key).toBeLessThan(1e-5);
    // Velocities point the other way where the network's time does.
    const sign = config.reverse ? -1 : 1;
    for (const [key, array] of Object.entries(auxiliary.trace)) {
      if (!fixture.has(`out.${name}.${key}`)) continue;
      const factor = key === "u" || key.startsWith("v_t") ? sign : 1;
      const error = relativeError({ ...array, data: array.data.map((entry) => factor * entry) }, out(key));
      expect(error, key).toBeLessThan(key === "du_dt" ? 2e-5 : 1e-5);
    }
    const norms = { model: norm(gradient.map), adapter: norm(gradient.adapter) };
    for (const [key, ours] of Object.entries(norms)) {
      const [published] = out(`gradnorm_${key}`).data;
      expect(Math.abs(ours - published), `gradient of the ${key}`).toBeLessThanOrEqual(1e-4 * published);
    }
    for (const [prefix, tree, parameters] of [
      ["model", gradient.map, networks.map],
      ["adapter", gradient.adapter, networks.adapter],
    ] as const) {
      const statistics = fixture.under(`out.${name}.gradstat.${prefix}.`);
      if (statistics.size > 0) expectGradients(statistics, tree, parameters);
    }
  });

  it("draws the published times, masks and labels from the same numbers", () => {
    for (const [name, variant] of Object.entries(config.variants)) {
      const has = (key: string): boolean => fixture.has(`out.${name}.${key}`);
      const { draws, kept } = inputs(variant);
      const published = { t_fm: draws.tFm, t_mf: draws.tMf, r_mf: draws.rMf };
      for (const [key, array] of Object.entries(published).filter(([key]) => has(key))) {
        const forward = config.reverse ? array.data.map((time) => 1 - time) : array.data;
        expect(relativeError(hostArray(forward, [samples]), flat(`out.${name}.${key}`)), key).toBeLessThan(1e-6);
      }
      const flags = {
        drop_ids: Float32Array.from(draws.keepsLabel.data, (keeps) => 1 - keeps),
        mask: Float32Array.from(draws.keep.data, (uniform) => (uniform < Math.fround(0.8) ? 1 : 0)),
        y_after_drop: Float32Array.from(kept.data),
      };
      for (const [key, data] of Object.entries(flags).filter(([key]) => has(key)))
        expect(data, key).toEqual(flat(`out.${name}.${key}`).data);
    }
  });

  it("leaves no published number uncompared", () => expect(fixture.unread()).toEqual([]));
});
