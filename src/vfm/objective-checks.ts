import { checkShapes, type NDArray } from "../array/index.js";
import { meanFlowRules, reductionRule } from "../flow/index.js";
import {
  aFunction,
  anObject,
  anyValue,
  checkArgument,
  checkEntries,
  checkOptions,
  numberFrom,
  type OptionRule,
  type OptionRules,
  positiveInteger,
  trueOrFalse,
  integerFrom,
} from "../options.js";
import {
  type AdapterSettings,
  type JointBatch,
  type JointNetworks,
  type JointSettings,
  type NegativeLogLikelihood,
} from "./objective-arguments.js";
import { scoresPosterior } from "./scored-draws.js";

// The checks of the objectives' arguments. They run once, while an objective is traced.

const weight = numberFrom(0);
const draws = integerFrom(2);
const scoreRule: OptionRule = {
  wanted: "{ draws, pixelWeight, energyWeight, priorWeight }: two draws or more, weights from 0 on",
  accepts: (value) => {
    if (!anObject.accepts(value)) return false;
    const { draws: count, ...weights } = value as Readonly<Record<string, unknown>>;
    const names = ["pixelWeight", "energyWeight", "priorWeight"];
    return (
      draws.accepts(count) &&
      Object.keys(weights).every((name) => names.includes(name)) &&
      names.every((name) => weight.accepts(weights[name]))
    );
  },
};

const adapterRules: OptionRules<AdapterSettings> = {
  reduction: reductionRule,
  observationWeight: weight,
  klWeight: weight,
  aggregateWeight: weight,
  blocks: positiveInteger,
  observationSteps: positiveInteger,
  score: scoreRule,
  observedSize: positiveInteger,
};
const required = ["reduction", "observationWeight", "klWeight", "observationSteps"] as const;

const { labels: _labels, ...flowRules } = meanFlowRules;
const jointRules: OptionRules<JointSettings> = {
  ...flowRules,
  ...adapterRules,
  alpha: numberFrom(0, 1),
  detachNoise: trueOrFalse,
  // Checked where it is used.
  adaptiveWeight: anyValue,
  totalAdaptiveWeight: anyValue,
};

type AdapterNetworks = Pick<JointNetworks, "observationMeanVelocity" | "adapter">;
type AdapterBatch = Pick<JointBatch, "x" | "aty" | "problem" | "eps" | "furtherEps" | "updateDraws">;

/** Checks the arguments of `adapterObjective`. Throws InputError if one is wrong. */
export function checkAdapterObjective(
  networks: AdapterNetworks,
  batch: AdapterBatch,
  negativeLogLikelihood: NegativeLogLikelihood,
  settings: AdapterSettings,
): void {
  // The rules of the joint objective apply here too.
  checkOptions<JointSettings>("adapterObjective", settings as JointSettings, jointRules, required);
  checkNetworks("adapterObjective", networks, ["observationMeanVelocity", "adapter"]);
  checkArgument("adapterObjective", "negativeLogLikelihood", negativeLogLikelihood, aFunction);
  checkObserved("adapterObjective", batch, settings);
}

/** Checks the arguments of `jointObjective`. Throws InputError if one is wrong. */
export function checkJointObjective(
  networks: JointNetworks,
  batch: JointBatch,
  negativeLogLikelihood: NegativeLogLikelihood,
  settings: JointSettings,
): void {
  checkOptions("jointObjective", settings, jointRules, [...required, "alpha", "detachNoise", "jumps"]);
  checkNetworks("jointObjective", networks, ["meanVelocity", "observationMeanVelocity", "adapter"]);
  checkArgument("jointObjective", "negativeLogLikelihood", negativeLogLikelihood, aFunction);
  checkObserved("jointObjective", batch, settings);
  const { x, freshNoise, uniform, tau } = batch;
  const ofBatch = ["B", "..."];
  checkShapes("jointObjective", {
    x: [x, ofBatch],
    freshNoise: [freshNoise, ofBatch],
    uniform: [uniform, ["B"]],
    tau: [tau, []],
  });
}

/** The likelihood, with a check that it returns one number for each sample. */
export function checkedLikelihood(negativeLogLikelihood: NegativeLogLikelihood): NegativeLogLikelihood {
  return (x) => {
    const result = negativeLogLikelihood(x);
    checkShapes("the objective", { x: [x, ["B", "..."]], "the result of negativeLogLikelihood": [result, ["B"]] });
    return result;
  };
}

function checkNetworks(of: string, networks: object, names: readonly string[]): void {
  checkEntries(of, "networks", networks, Object.fromEntries(names.map((name) => [name, aFunction])));
}

const noiseOfDraws: OptionRule = {
  wanted: "the noise of all scored draws but the first",
  accepts: (value) => value !== undefined,
};

function checkObserved(of: string, batch: AdapterBatch, { score }: AdapterSettings): void {
  checkArgument(of, "batch", batch, anObject);
  const { x, aty, problem, eps, furtherEps, updateDraws } = batch;
  const ofBatch = ["B", "..."];
  checkShapes(of, { x: [x, ofBatch], problem: [problem, ["B"]], eps: [eps, ofBatch] });
  checkShapes(of, { problem: [problem, ["B"]], aty: [aty, ofBatch] });
  if (updateDraws !== undefined) checkArgument(of, "updateDraws", updateDraws, aFunction);
  if (scoresPosterior(score)) checkArgument(of, "furtherEps", furtherEps, noiseOfDraws);
  if (score === undefined || furtherEps === undefined) return;
  const rows: NDArray["shape"] = [(score.draws - 1) * x.shape[0], ...x.shape.slice(1)];
  checkShapes(of, { furtherEps: [furtherEps, rows] });
}
