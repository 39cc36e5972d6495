import {
  aFunction,
  aList,
  anObject,
  anyValue,
  aText,
  checkArgument,
  checkEntries,
  checkOptions,
  finiteNumber,
  integerFrom,
  oneOf,
  type OptionRule,
  type OptionRules,
  pairOf,
  positiveInteger,
  positiveNumber,
  seedNumber,
} from "../options.js";
import { parseWith } from "../schema.js";
import { type NetworkParameters } from "../models/index.js";
import { type Run } from "./run.js";
import { type StageConfig, stageSchema } from "./stages/index.js";

const networkRule: OptionRule = { ...anObject, wanted: "a network, e.g. unet({ shape: [1, 28, 28] })" };

const runRules: OptionRules<Run> = {
  data: anObject,
  flowMap: networkRule,
  adapter: networkRule,
  conditional: networkRule,
  autoencoder: networkRule,
  problems: aList,
  stages: aList,
  seed: seedNumber,
  logEvery: positiveInteger,
  checkpointEvery: anObject,
  checkpointPrecision: oneOf(["float32", "float16", "bfloat16"]),
  initial: anObject,
  teacher: anObject,
  updates: { wanted: "a Map of updates by problem name, e.g. model.updates", accepts: (value) => value instanceof Map },
  record: anObject,
};

const initialRules: OptionRules<NetworkParameters> = {
  flowMap: anObject,
  adapter: anObject,
  conditional: anObject,
  autoencoder: anObject,
};

const shapeRule: OptionRule = {
  wanted: "a list of positive integers",
  accepts: (value) => Array.isArray(value) && value.length > 0 && value.every(positiveInteger.accepts),
};
/** A rule for an entry that may be left out. */
const optional = ({ wanted, accepts }: OptionRule): OptionRule => ({
  wanted,
  accepts: (value) => value === undefined || accepts(value),
});

/**
 * The run with all defaults of every stage.
 *
 * @throws InputError naming the part that is missing, unknown or not valid
 */
export function filledRun(run: Run): Run {
  checkOptions("train", run, runRules, ["data", "stages", "seed"]);
  const {
    data,
    flowMap,
    adapter,
    conditional,
    autoencoder,
    problems = [],
    stages,
    checkpointEvery,
    initial,
    teacher,
  } = run;
  checkEntries("train", "data", data, { count: positiveInteger, sampleShape: shapeRule, take: aFunction });
  for (const [name, network] of Object.entries({ flowMap, adapter, conditional }))
    if (network !== undefined)
      checkEntries("train", name, network, { shape: shapeRule, initialise: aFunction, apply: aFunction });
  if (autoencoder !== undefined)
    checkEntries("train", "autoencoder", autoencoder, {
      imageShape: shapeRule,
      latentShape: shapeRule,
      initialise: aFunction,
      encode: aFunction,
      decode: aFunction,
    });
  if (initial !== undefined) checkOptions("train: initial", initial, initialRules);
  for (const [i, problem] of problems.entries()) {
    const name = `problems.${i}`;
    checkEntries("train", name, problem, {
      name: aText,
      class: optional(integerFrom(0)),
      range: optional(pairOf(finiteNumber)),
      observation: anObject,
    });
    checkEntries("train", `${name}.observation`, problem.observation, { operator: anObject, logLikelihood: aFunction });
  }
  if (checkpointEvery !== undefined)
    checkOptions("checkpointEvery", checkpointEvery, { steps: positiveInteger, minutes: positiveNumber() });
  if (teacher !== undefined)
    checkEntries("train", "teacher", teacher, {
      sampleShape: shapeRule,
      meanVelocity: aFunction,
      parameters: anObject,
      classes: anyValue,
    });
  return { ...run, stages: stages.map(filled) };
}

function filled(stage: StageConfig, index: number): StageConfig {
  checkArgument("train", `stages.${index}`, stage, anObject);
  return parseWith(stageSchema, stage, `stages.${index}`);
}
