import {
  hostArray,
  type HostArray,
  less,
  mul,
  type NDArray,
  perSample,
  randomSource,
  sizeOf,
  sub,
  toFloat,
} from "../../../src/array/index.js";
import {
  type Guidance,
  integrateEuler,
  integrateEulerMaruyama,
  integrateHeun,
  type MeanVelocity,
  reverseTime,
  sampleFlowMap,
  sampleGamma,
  sampleRestart,
  type Velocity,
} from "../../../src/flow/index.js";
import { reverseVelocityTime } from "../../../src/flow/time-convention.js";
import { applyDit } from "../../../src/models/dit.js";
import { applyDmft, type DmftParameters, initialiseDmft } from "../../../src/models/dmft.js";
import { initialiseTransformer, type TransformerParameters } from "../../../src/models/transformer.js";
import { evaluate } from "../evaluate.js";
import { type Check, requireSame } from "./check.js";
import { type Fixture, publishedWeights } from "./fixture.js";
import { ditConfigOf, dmftConfigOf, type PublishedTransformer } from "./published-models.js";
import { positionCheck } from "./transformer-checks.js";

interface Run {
  sampler: string;
  kwargs: {
    num_steps: number;
    cfg_scale?: number;
    g_min?: number;
    g_max?: number;
    shift?: number;
    reverse?: boolean;
    gamma?: number;
    heun?: boolean;
  };
  noise_used?: number;
}

interface PublishedSamplers {
  dmft?: PublishedTransformer;
  sit?: PublishedTransformer;
  runs: Record<string, Run>;
}

/** A network with the labels of the samples and without. */
type Pair<Network> = Record<"labelled" | "unlabelled", Network>;
interface Draw {
  run: Run;
  /** Whether the run is of the published code as it is: its `fm_euler_sampler` moves in guided steps only. */
  official: boolean;
  z: NDArray;
  noises: NDArray[];
}

const random = randomSource(0);

/** The published times of guidance in our direction, where t = 1 is noise; the ends are still in it after rounding. */
const intervalOf = ({ g_min = 0, g_max = 1, reverse = false }: Run["kwargs"]): [number, number] =>
  reverse ? [1 - g_max - 1e-9, 1 - g_min + 1e-9] : [g_min, g_max];

function settingsOf<N>(kwargs: Run["kwargs"], unconditional: N): { shift: number; guidance: Guidance<N> } {
  const { cfg_scale = 1, shift = 1 } = kwargs;
  return { shift, guidance: { unconditional, scale: Math.max(1, cfg_scale), interval: intervalOf(kwargs) } };
}

function sampleMap({ run: { sampler, kwargs }, z, noises }: Draw, networks: Pair<MeanVelocity>): NDArray {
  const inTime = (network: MeanVelocity): MeanVelocity => (kwargs.reverse === true ? reverseTime(network) : network);
  const u = inTime(networks.labelled);
  const settings = settingsOf(kwargs, inTime(networks.unlabelled));
  switch (sampler) {
    case "euler_sampler":
      return sampleFlowMap(u, z, kwargs.num_steps, settings);
    case "restart_sampler":
      return sampleRestart(u, z, noises, settings);
    case "ctm_sampler":
      return sampleGamma(u, z, noises, kwargs.gamma ?? NaN, { ...settings, renoising: "linear" });
    default:
      throw new Error(`there is no sampler of flow maps for the published "${sampler}"`);
  }
}

function sampleVelocity({ run: { sampler, kwargs }, official, z, noises }: Draw, networks: Pair<Velocity>): NDArray {
  const { num_steps: steps, heun = sampler.includes("heun"), cfg_scale: scale = 1 } = kwargs;
  const inTime = (network: Velocity): Velocity => (kwargs.reverse === true ? reverseVelocityTime(network) : network);
  const v = inTime(networks.labelled);
  const settings = settingsOf(kwargs, inTime(networks.unlabelled));
  // Its last step is short, and the noise that it draws for it is not used.
  if (sampler === "fm_sde_sampler")
    return integrateEulerMaruyama(v, z, noises.slice(0, steps - 1), { guidance: settings.guidance, last: 1e-4 });
  // A published bug (an update indented too deep): a step that is not guided does not move.
  if (official && scale <= 1) return z;
  const [low, high] = intervalOf(kwargs);
  const moving: Velocity = (x, t) => {
    const still = sub(1, mul(sub(1, toFloat(less(t, low - 1e-6))), sub(1, toFloat(less(high + 1e-6, t)))));
    return mul(v(x, t), perSample(sub(1, still), x));
  };
  return (heun ? integrateHeun : integrateEuler)(official ? moving : v, z, steps, settings);
}

/** Kind "samplers": every run whose result the file has. */
export function samplerChecks(fixture: Fixture): Check[] {
  const config = fixture.config as unknown as PublishedSamplers;
  const dmft = config.dmft && dmftConfigOf(config.dmft);
  const sit = config.sit && ditConfigOf(config.sit);
  const weights = {
    ...(dmft && { dmft: publishedWeights(initialiseDmft(dmft, random), fixture, "w.dmft.") }),
    ...(sit && { sit: publishedWeights(initialiseTransformer(sit, random), fixture, "w.sit.") }),
  };
  type Weights = { dmft?: DmftParameters; sit?: TransformerParameters };
  const z = fixture.get("in.latents");
  const noises = (count: number): HostArray[] => {
    if (count === 0) return [];
    const { data } = fixture.get("in.noise");
    const size = sizeOf(z.shape);
    return Array.from({ length: count }, (_, k) => hostArray(data.slice(k * size, (k + 1) * size), z.shape));
  };

  const draw = (name: string, run: Run): Promise<HostArray> =>
    evaluate(
      (networks: Weights, z: NDArray, noises: NDArray[], labels: NDArray) => {
        const given: Draw = { run, official: !name.endsWith("_dedented"), z, noises };
        const pair = <Network>(of: (labels?: NDArray) => Network): Pair<Network> => ({
          labelled: of(labels),
          unlabelled: of(),
        });
        const ofVelocity = run.sampler.startsWith("fm_");
        if (ofVelocity && sit !== undefined && networks.sit !== undefined) {
          const own = networks.sit;
          return sampleVelocity(
            given,
            pair(
              (labels): Velocity =>
                (x, t) =>
                  applyDit(sit, own, x, t, labels),
            ),
          );
        }
        if (!ofVelocity && dmft !== undefined && networks.dmft !== undefined) {
          const own = networks.dmft;
          return sampleMap(
            given,
            pair(
              (labels): MeanVelocity =>
                (x, r, t) =>
                  applyDmft(dmft, own, x, r, t, labels),
            ),
          );
        }
        throw new Error(`${fixture.file} has no network for the run "${name}" of ${run.sampler}`);
      },
      [weights, z, noises(run.noise_used ?? 0), fixture.integers("in.y")],
      "onnx",
    );

  const recorded = Object.entries(config.runs).filter(([name]) => fixture.has(`out.${name}`));
  return [
    ...(dmft ? positionCheck(fixture, "w.dmft.", dmft) : []),
    ...(sit ? positionCheck(fixture, "w.sit.", sit) : []),
    ...recorded.map(([name, run]): Check => {
      const whole = `out.${name}`;
      const compare = async (): Promise<void> => requireSame(whole, await draw(name, run), fixture.get(whole), 1e-5);
      return { title: `${whole} (${run.sampler})`, compares: [whole], run: compare };
    }),
  ];
}
