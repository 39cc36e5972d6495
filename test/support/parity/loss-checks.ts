import {
  abs,
  exp,
  hostArray,
  type HostArray,
  mean,
  mul,
  namedLeaves,
  type NDArray,
  ones,
  randomSource,
  square,
  sub,
  sumPerSample,
  type Tree,
  valueAndGradient,
} from "../../../src/array/index.js";
import { type MeanVelocity, reverseTime } from "../../../src/flow/index.js";
import { jointObjective } from "../../../src/vfm/index.js";
import {
  type AdapterEncoderParameters,
  applyAdapterEncoder,
  initialiseAdapterEncoder,
} from "../../../src/models/adapter-unet.js";
import { applyDmft, type DmftParameters, initialiseDmft } from "../../../src/models/dmft.js";
import { type TracedParameters } from "../../../src/operators/index.js";
import { evaluate } from "../evaluate.js";
import {
  type Check,
  compareEach,
  type Computed,
  gradientChecks,
  namesUnder,
  once,
  requireSameNorm,
  requireSame,
} from "./check.js";
import { type Fixture, publishedWeights } from "./fixture.js";
import { adapterConfigOf, dmftConfigOf } from "./published-models.js";
import { type LossConfig, lossDraws, type Variant } from "./loss-draws.js";
import { alpha, decodeByMatrix, publishedObjective, type PublishedTerms } from "./published-objective.js";
import { observeTransposed, publishedNoise, sampleOperator } from "./published-operators.js";
import { positionCheck } from "./transformer-checks.js";

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

const arraysOf = (tree: Tree<HostArray>): HostArray[] => namedLeaves(tree).map(({ array }) => array);

// The derivative is less exact; times are made from the same numbers, and flags and labels are whole numbers.
const tolerances: Readonly<Record<string, number>> = {
  du_dt: 2e-5,
  t_fm: 1e-6,
  t_mf: 1e-6,
  r_mf: 1e-6,
  drop_ids: 0,
  mask: 0,
  y_after_drop: 0,
};

/** Kind "adapter_loss": every variant of the published objective, with its draws, terms and gradients. */
export function lossChecks(fixture: Fixture): Check[] {
  const config = fixture.config as unknown as LossConfig;
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
  const samples = [...problem.data].map((id, i) => sampleOperator(fixture, i, config.problems[id], image));
  const operators = samples.map(({ operator }) => operator);

  const inputsOf = (variant: Variant) => {
    const { draws, kept } = lossDraws(fixture, variant);
    return {
      x: fixture.get("in.latent"),
      image: fixture.get("in.img"),
      noises: samples.map((_, i) => fixture.get(`in.meas_noise.${i}`)),
      drawn: samples.map(({ parameters }) => parameters),
      problem,
      labels: fixture.integers("in.label"),
      kept,
      matrix: hostArray(fixture.get("in.decode_matrix").data, [channels, mapConfig.shape[0], 1, 1]),
      draws,
    };
  };
  const mapOf =
    (weights: DmftParameters, reverse: boolean, labels?: NDArray): MeanVelocity =>
    (...inputs) => {
      const network: MeanVelocity = (x, r, t) => applyDmft(mapConfig, weights, x, r, t, labels);
      return (reverse ? reverseTime(network) : network)(...inputs);
    };

  const run = (variant: Variant) => {
    const { reverse } = lossDraws(fixture, variant);
    const settings = variant.AdapterLoss ?? {};
    const call = variant.call ?? {};
    return evaluate(
      (parameters: Networks, ema: DmftParameters, given: TracedInputs) =>
        valueAndGradient((own: Networks) => {
          const u = (weights: DmftParameters, labels?: NDArray): MeanVelocity => mapOf(weights, reverse, labels);
          const aty = observeTransposed(operators, given.drawn, given.image, given.noises);
          const q = applyAdapterEncoder(own.adapter, aty, given.problem);
          const { omega = 0, g_type, g_min = 0, g_max = 1 } = settings;
          const { FM_loss_weight: flow = 1, data_loss_weight: data = 1, KL_loss_weight: kl = 1 } = call;
          const result = publishedObjective({
            meanVelocity: u(own.map, given.kept),
            unlabelled: u(own.map),
            observationMeanVelocity: u(call.data_loss_learn_fm === "learn" ? own.map : ema, given.labels),
            q,
            x: given.x,
            draws: given.draws,
            aty,
            observe: (x) => observeTransposed(operators, given.drawn, x),
            decode: (z) => decodeByMatrix(z, given.matrix, image),
            weights: { flow, data, kl },
            guidance:
              g_type === "mg" ? { omega, interval: reverse ? [1 - g_max, 1 - g_min] : [g_min, g_max] } : undefined,
          });
          const total = call.train_adapter_only === true ? result.adapter : result.weighted;
          // Velocities point the other way where the network's time does.
          const turned = Object.entries(result.trace).map(([name, array]): [string, NDArray] => [
            name,
            reverse && (name === "u" || name.startsWith("v_t")) ? mul(array, -1) : array,
          ]);
          return [
            mean(total),
            {
              ...result.losses,
              total_loss: total,
              mu_mean: mean(abs(q.mean)),
              sigma_mean: mean(exp(q.logSigma)),
              ...Object.fromEntries(turned),
              ys: aty,
              mu: q.mean,
              logvar: mul(q.logSigma, 2),
            },
          ];
        })(parameters),
      [networks, average, inputsOf(variant)],
      "onnx",
    );
  };

  /** The library's own objective on the same draws: what it measures of its terms. */
  const objectiveOf = (variant: Variant) => {
    const { reverse } = lossDraws(fixture, variant);
    const count = fixture.get("in.latent").shape[0];
    const settings = { reduction: "mean", observationWeight: 1, klWeight: 1, observationSteps: 1 } as const;
    const observedSize = channels * height * width;
    return evaluate(
      (own: Networks, ema: DmftParameters, { draws, ...given }: TracedInputs) => {
        const aty = observeTransposed(operators, given.drawn, given.image, given.noises);
        const observationMap = variant.call?.data_loss_learn_fm === "learn" ? own.map : ema;
        const [, measures] = jointObjective(
          {
            meanVelocity: mapOf(own.map, reverse, given.kept),
            observationMeanVelocity: mapOf(observationMap, reverse, given.labels),
            adapter: (observed, problems) => applyAdapterEncoder(own.adapter, observed, problems),
          },
          {
            ...{
              x: given.x,
              aty,
              problem: given.problem,
              eps: draws.eps,
              uniform: draws.uniform,
              freshNoise: draws.freshMf,
            },
            ...{ r: draws.rMf, t: draws.tMf, tau: ones([]) },
          },
          (z) => {
            const seen = observeTransposed(operators, given.drawn, decodeByMatrix(z, given.matrix, image));
            return mul(sumPerSample(square(sub(seen, aty))), 1 / (2 * publishedNoise ** 2));
          },
          { ...settings, observedSize, alpha, detachNoise: false, jumps: count },
        );
        return measures;
      },
      [networks, average, inputsOf(variant)],
      "onnx",
    );
  };

  const variantChecks = ([name, variant]: [string, Variant]): Check[] => {
    const result = once(() => run(variant));
    const prefix = `out.${name}.`;
    const { recorded } = lossDraws(fixture, variant);
    const measured = once(() => objectiveOf(variant));
    const measures = { meanFlow: "mf_loss", observation: "data_consistency_loss", kl: "kl_loss" };
    // The library's objective has no guidance.
    const ofObjective = Object.entries(variant.AdapterLoss?.g_type === "mg" ? {} : measures).flatMap(
      ([measure, loss]): Check[] => {
        const name = `${prefix}${loss}`;
        if (!fixture.has(name)) return [];
        const compare = async (): Promise<void> => {
          const { data } = fixture.get(name);
          const wanted = Array.from(data).reduce((sum, value) => sum + value, 0) / data.length;
          requireSame(name, (await measured())[measure], hostArray([wanted], []), 1e-5);
        };
        return [{ title: `jointObjective: the mean of ${name}`, compares: [name], run: compare }];
      },
    );
    const computed = async (): Promise<Computed> => {
      const { value, auxiliary } = await result();
      return { ...auxiliary, total_mean: value, ...recorded };
    };
    const norms = (["model", "adapter"] as const).flatMap((network): Check[] => {
      const whole = `${prefix}gradnorm_${network}`;
      if (!fixture.has(whole)) return [];
      const compare = async (): Promise<void> => {
        const { gradient } = await result();
        const own = network === "model" ? gradient.map : gradient.adapter;
        requireSameNorm(whole, arraysOf(own), fixture.get(whole).data[0]);
      };
      return [{ title: whole, compares: [whole], run: compare }];
    });
    const arrays = namesUnder(fixture, prefix).filter((rest) => !/^grad(norm|stat)/.test(rest));
    return [
      ...compareEach(fixture, prefix, arrays, computed, (array) => tolerances[array] ?? 1e-5),
      ...ofObjective,
      ...norms,
      ...gradientChecks(fixture, `${prefix}gradstat.model.`, async () => (await result()).gradient.map, networks.map),
      ...gradientChecks(
        fixture,
        `${prefix}gradstat.adapter.`,
        async () => (await result()).gradient.adapter,
        networks.adapter,
      ),
    ];
  };
  return [
    ...positionCheck(fixture, "w.model.", mapConfig),
    ...positionCheck(fixture, "w.ema.", mapConfig),
    ...Object.entries(config.variants).flatMap(variantChecks),
  ];
}
