import { type z } from "zod";
import {
  type Axis,
  checkShapes,
  type HostArray,
  type NDArray,
  type RandomSource,
  shapesOnly,
  type Tree,
} from "../array/index.js";
import { InputError } from "../errors.js";
import { parseWith, shownValue } from "../schema.js";
import {
  adapterEncoderSchema,
  type AdapterEncoderParameters,
  applyAdapterEncoder,
  initialiseAdapterEncoder,
} from "./adapter-unet.js";
import { type NoiseDistribution } from "../vfm/index.js";
import {
  applyConditionalResidualMlp,
  type ConditionalResidualMlpParameters,
  conditionalResidualMlpSchema,
  initialiseConditionalResidualMlp,
} from "./conditional-mlp.js";
import { applyConditionalUNet, conditionalUNetSchema, initialiseConditionalUNet } from "./conditional-unet.js";
import { applyDit, ditSchema } from "./dit.js";
import { applyDmft, type DmftParameters, dmftSchema, initialiseDmft } from "./dmft.js";
import { type MeanVelocity, reverseTime } from "../flow/index.js";
import { predictData } from "./predict-data.js";
import { applyMixer, initialiseMixer, type MixerParameters, mixerSchema } from "./mixer.js";
import {
  adapterMlpSchema,
  applyAdapterMlp,
  applyFlowMlp,
  type FlowMlpParameters,
  flowMlpSchema,
  initialiseAdapterMlp,
  initialiseFlowMlp,
} from "./mlp.js";
import {
  adapterResidualMlpSchema,
  type AdapterResidualMlpParameters,
  applyAdapterResidualMlp,
  applyFlowResidualMlp,
  type FlowResidualMlpParameters,
  flowResidualMlpSchema,
  initialiseAdapterResidualMlp,
  initialiseFlowResidualMlp,
} from "./residual-mlp.js";
import { type AdapterNetwork, type ConditionalNetwork, type FlowMapNetwork, type NetworkConfig } from "./network.js";
import { checkForm } from "./parameter-form.js";
import { requireBuildable } from "./size-limit.js";
import { initialiseTransformer, type TransformerParameters } from "./transformer.js";
import {
  adapterUNetSchema,
  applyAdapterUNet,
  applyFlowUNet,
  type FlowUNetParameters,
  flowUNetSchema,
  initialiseAdapterUNet,
  initialiseFlowUNet,
} from "./unet.js";

/** A validated configuration; its other keys are the model's own. */
export interface ModelConfig extends NetworkConfig {
  readonly model: string;
  /** Shape of one sample: x for a flow map, the noise for an adapter. */
  readonly shape: readonly number[];
}

type Inputs = readonly (NDArray | undefined)[];

/** One kind of network, for any configuration that its schema accepts. */
interface Model<Config, Parameters, In extends Inputs, Result> {
  configSchema: z.ZodType<Config>;
  /** Draws the initial parameters from `random`. */
  initialise(config: Config, random: RandomSource): Tree<HostArray>;
  /** The network as a pure function of traced arrays. */
  apply(config: Config, parameters: Parameters, ...inputs: In): Result;
}

/** x: [B, ...shape], r and t: [B], labels: int32 [B] for models whose configuration has `classes`. */
type FlowMapInputs = [x: NDArray, r: NDArray, t: NDArray, labels?: NDArray];
/** A^T y: [B, ...], the problem's class: int32 [B]. */
type AdapterInputs = [aty: NDArray, problem: NDArray];
/** x and A^T y: [B, ...shape], r and t: [B], the problem's class: int32 [B]. */
type ConditionalInputs = [x: NDArray, r: NDArray, t: NDArray, aty: NDArray, problem: NDArray];

/** A kind of network for any configuration: the mean velocity u, of x's shape, or q(z | y, c). */
type AnyModel<In extends Inputs, Result> = Model<ModelConfig, Tree<NDArray>, In, Result>;

// The registry drops the types of each entry's configuration and parameters. `bind` passes to an entry only what its
// own schema accepted and its own `initialise` (or a validated checkpoint) made.
function entry<Config extends ModelConfig, Parameters, In extends Inputs, Result>(
  configSchema: z.ZodType<Config>,
  initialise: (config: Config, random: RandomSource) => Tree<HostArray>,
  apply: (config: Config, parameters: Parameters, ...inputs: In) => Result,
): AnyModel<In, Result> {
  return { configSchema, initialise, apply } as unknown as AnyModel<In, Result>;
}

const predicting = ({ predict }: { predict: "data" | "velocity" }, network: MeanVelocity): MeanVelocity =>
  predict === "data" ? predictData(network) : network;

const inTimeOf = ({ dataAtTime }: { dataAtTime: 0 | 1 }, network: MeanVelocity): MeanVelocity =>
  dataAtTime === 1 ? reverseTime(network) : network;

/** The flow map models by name. "dit" is a velocity model, conditioned on t alone, for flow matching. */
export const flowMapModels: Readonly<Record<string, AnyModel<FlowMapInputs, NDArray>>> = {
  mlp: entry(flowMlpSchema, initialiseFlowMlp, (_config, parameters: FlowMlpParameters, ...[x, r, t]: FlowMapInputs) =>
    applyFlowMlp(parameters, x, r, t),
  ),
  "residual-mlp": entry(
    flowResidualMlpSchema,
    initialiseFlowResidualMlp,
    (config, parameters: FlowResidualMlpParameters, ...[x, r, t]: FlowMapInputs) =>
      predicting(config, (...inputs) => applyFlowResidualMlp(parameters, ...inputs))(x, r, t),
  ),
  unet: entry(
    flowUNetSchema,
    initialiseFlowUNet,
    (config, parameters: FlowUNetParameters, ...[x, r, t]: FlowMapInputs) =>
      predicting(config, (...inputs) => applyFlowUNet(config, parameters, ...inputs))(x, r, t),
  ),
  mixer: entry(mixerSchema, initialiseMixer, (config, parameters: MixerParameters, ...[x, r, t]: FlowMapInputs) =>
    predicting(config, (...inputs) => applyMixer(config, parameters, ...inputs))(x, r, t),
  ),
  dit: entry(
    ditSchema,
    initialiseTransformer,
    (config, parameters: TransformerParameters, ...[x, r, t, labels]: FlowMapInputs) =>
      inTimeOf(config, (x, _r, t) => applyDit(config, parameters, x, t, labels))(x, r, t),
  ),
  dmft: entry(dmftSchema, initialiseDmft, (config, parameters: DmftParameters, ...[x, r, t, labels]: FlowMapInputs) =>
    inTimeOf(config, (...inputs) => applyDmft(config, parameters, ...inputs, labels))(x, r, t),
  ),
};

/** The adapter models by name. */
export const adapterModels: Readonly<Record<string, AnyModel<AdapterInputs, NoiseDistribution>>> = {
  mlp: entry(adapterMlpSchema, initialiseAdapterMlp, applyAdapterMlp),
  "residual-mlp": entry(
    adapterResidualMlpSchema,
    initialiseAdapterResidualMlp,
    (_config, parameters: AdapterResidualMlpParameters, ...[aty, problem]: AdapterInputs) =>
      applyAdapterResidualMlp(parameters, aty, problem),
  ),
  unet: entry(adapterUNetSchema, initialiseAdapterUNet, applyAdapterUNet),
  "adapter-unet": entry(
    adapterEncoderSchema,
    initialiseAdapterEncoder,
    (_config, parameters: AdapterEncoderParameters, ...[aty, problem]: AdapterInputs) =>
      applyAdapterEncoder(parameters, aty, problem),
  ),
};

/** The conditional flow maps by name: baselines with the observation as an input. */
export const conditionalModels: Readonly<Record<string, AnyModel<ConditionalInputs, NDArray>>> = {
  "residual-mlp": entry(
    conditionalResidualMlpSchema,
    initialiseConditionalResidualMlp,
    (_config, parameters: ConditionalResidualMlpParameters, ...inputs: ConditionalInputs) =>
      applyConditionalResidualMlp(parameters, ...inputs),
  ),
  unet: entry(conditionalUNetSchema, initialiseConditionalUNet, applyConditionalUNet),
};

/** A network of this library: it always has a configuration. */
export type Configured<Network> = Network & { readonly config: ModelConfig };

/**
 * The flow map that a configuration describes; `apply(parameters, x, r, t)` is the mean velocity.
 *
 * @throws InputError if the model is unknown or its configuration does not fit its schema
 * @example
 * const flowMap = flowMapModel({ model: "mlp", shape: [2], width: 128 });
 */
export function flowMapModel(config: unknown): Configured<FlowMapNetwork> {
  const bound = bind("flow map", flowMapModels, config, ({ shape }) => ({
    x: ["B", ...shape],
    ...ofTimes,
    labels: ["B"],
  }));
  return { ...bound, ...facts<{ classes: number }>(bound.config, "classes") };
}

/**
 * The noise adapter that a configuration describes; `apply(parameters, aty, problem)` is q(z | y, c).
 *
 * @throws InputError if the model is unknown or its configuration does not fit its schema
 * @example
 * const adapter = adapterModel({ model: "mlp", shape: [2], observationShape: [2] });
 */
export function adapterModel(config: unknown): Configured<AdapterNetwork> {
  const bound = bind("adapter", adapterModels, config, ofObservation);
  return {
    ...bound,
    ...facts<{ problems: number; basis: "entries" | "principal" }>(bound.config, "problems", "basis"),
  };
}

/**
 * The conditional flow map that a configuration describes; `apply(parameters, x, r, t, aty, problem)` is
 * u(x_t, r, t | A^T y, c).
 *
 * @throws InputError if the model is unknown or its configuration does not fit its schema
 * @example
 * const conditional = conditionalModel({ model: "unet", shape: [1, 28, 28] });
 */
export function conditionalModel(config: unknown): Configured<ConditionalNetwork> {
  const bound = bind("conditional flow map", conditionalModels, config, (own) => ({
    x: ["B", ...own.shape],
    ...ofTimes,
    ...ofObservation(own),
  }));
  return { ...bound, ...facts<{ problems: number }>(bound.config, "problems") };
}

type InputAxes = Readonly<Record<string, readonly Axis[]>>;
const ofTimes: InputAxes = { r: ["B"], t: ["B"] };
function ofObservation({ shape, observationShape = shape }: ModelConfig): InputAxes {
  return { aty: ["B", ...(observationShape as readonly number[])], problem: ["B"] };
}

/**
 * Checks that the inputs of a network have these axes; labels, the last input, may be left out. Throws InputError if
 * not.
 */
function checkInputs(of: string, inputs: Inputs, axes: InputAxes): void {
  const given = Object.entries(axes).flatMap(([name, its], i) => {
    const input = inputs[i];
    return input === undefined && name === "labels" ? [] : [[name, [input as NDArray, its]] as const];
  });
  checkShapes(of, Object.fromEntries(given));
}

// Training reads these facts about a network from its configuration, which the schema has validated.
function facts<Facts>(config: ModelConfig, ...names: (keyof Facts & string)[]): Partial<Facts> {
  return Object.fromEntries(
    Object.entries(config).filter(([name]) => names.some((one) => one === name)),
  ) as Partial<Facts>;
}

function bind<In extends Inputs, Result>(
  kind: string,
  models: Readonly<Record<string, AnyModel<In, Result>>>,
  given: unknown,
  inputAxes: (config: ModelConfig) => InputAxes,
) {
  const name = typeof given === "object" && given !== null && "model" in given ? given.model : undefined;
  if (typeof name !== "string" || !Object.hasOwn(models, name))
    throw new InputError(`the ${kind}'s "model" is ${shownValue(name)}: use one of ${Object.keys(models).join(", ")}`);
  const model = models[name];
  const config = parseWith(model.configSchema, given, `the configuration of the ${kind} "${name}"`);
  requireBuildable(`the configuration of the ${kind} "${name}"`, config, (random) => model.initialise(config, random));
  let form: Tree<HostArray> | undefined;
  return {
    config,
    shape: config.shape,
    initialise: (random: RandomSource) => model.initialise(config, random),
    apply: (parameters: Tree<NDArray>, ...inputs: In) => {
      checkInputs(`the ${kind} "${name}"`, inputs, inputAxes(config));
      checkForm(`the ${kind} "${name}"`, parameters, (form ??= model.initialise(config, shapesOnly)));
      return model.apply(config, parameters, ...inputs);
    },
  };
}
