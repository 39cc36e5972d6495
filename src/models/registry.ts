import { type z } from "zod";
import { type HostArray, type NDArray, type RandomSource, type Tree } from "../array/index.js";
import { InputError } from "../errors.js";
import { type DiagonalGaussian } from "./adapter.js";
import { type MeanVelocity, predictData } from "./flow-map.js";
import {
  adapterMlpSchema,
  applyAdapterMlp,
  applyFlowMlp,
  type FlowMlpParameters,
  flowMlpSchema,
  initialiseAdapterMlp,
  initialiseFlowMlp,
} from "./mlp.js";
import { applyMixer, initialiseMixer, type MixerParameters, mixerSchema } from "./mixer.js";
import {
  applyResidualMlp,
  initialiseResidualMlp,
  type ResidualMlpParameters,
  residualMlpSchema,
} from "./residual-mlp.js";
import {
  adapterUNetSchema,
  applyAdapterUNet,
  applyFlowUNet,
  type FlowUNetParameters,
  flowUNetSchema,
  initialiseAdapterUNet,
  initialiseFlowUNet,
} from "./unet.js";

/** A checked configuration: `model` names the model, the other keys are the model's own. */
export type ModelConfig = { readonly model: string };

/** One kind of network, by any configuration that its schema accepts. */
interface Model<Config, Parameters, Inputs extends readonly NDArray[], Result> {
  configSchema: z.ZodType<Config>;
  /** The first parameters, drawn from `random`. */
  initialise(config: Config, random: RandomSource): Tree<HostArray>;
  /** The network as a pure function of traced arrays. */
  apply(config: Config, parameters: Parameters, ...inputs: Inputs): Result;
}

type FlowMapInputs = [x: NDArray, r: NDArray, t: NDArray];
type AdapterInputs = [aty: NDArray, problem: NDArray];

/** A flow map model: `apply(config, parameters, x, r, t)` is the mean velocity u. x: [B, ...], r, t: [B] -> as x. */
export type FlowMapModel = Model<ModelConfig, Tree<NDArray>, FlowMapInputs, NDArray>;

/** An adapter model: `apply(config, parameters, aty, problem)` is q(z | y, c). aty: [B, ...], problem: int32 [B]. */
export type AdapterModel = Model<ModelConfig, Tree<NDArray>, AdapterInputs, DiagonalGaussian>;

// A registry forgets what each entry's configuration and parameters are; `bind` gives an entry only what its own schema
// accepted and its own `initialise` (or a checked checkpoint) made.
const forget = <Config, Parameters, Inputs extends readonly NDArray[], Result>(
  model: Model<Config, Parameters, Inputs, Result>,
): Model<ModelConfig, Tree<NDArray>, Inputs, Result> =>
  model as unknown as Model<ModelConfig, Tree<NDArray>, Inputs, Result>;

const predicting = ({ predict }: { predict: "data" | "velocity" }, network: MeanVelocity): MeanVelocity =>
  predict === "data" ? predictData(network) : network;

/** The flow map models by name. */
export const flowMapModels: Readonly<Record<string, FlowMapModel>> = {
  mlp: forget({
    configSchema: flowMlpSchema,
    initialise: initialiseFlowMlp,
    apply: (_config, parameters: FlowMlpParameters, ...[x, r, t]: FlowMapInputs) => applyFlowMlp(parameters, x, r, t),
  }),
  "residual-mlp": forget({
    configSchema: residualMlpSchema,
    initialise: initialiseResidualMlp,
    apply: (config, parameters: ResidualMlpParameters, ...[x, r, t]: FlowMapInputs) =>
      predicting(config, (...inputs) => applyResidualMlp(parameters, ...inputs))(x, r, t),
  }),
  unet: forget({
    configSchema: flowUNetSchema,
    initialise: initialiseFlowUNet,
    apply: (config, parameters: FlowUNetParameters, ...[x, r, t]: FlowMapInputs) =>
      predicting(config, (...inputs) => applyFlowUNet(config, parameters, ...inputs))(x, r, t),
  }),
  mixer: forget({
    configSchema: mixerSchema,
    initialise: initialiseMixer,
    apply: (config, parameters: MixerParameters, ...[x, r, t]: FlowMapInputs) =>
      predicting(config, (...inputs) => applyMixer(config, parameters, ...inputs))(x, r, t),
  }),
};

/** The adapter models by name. */
export const adapterModels: Readonly<Record<string, AdapterModel>> = {
  mlp: forget({ configSchema: adapterMlpSchema, initialise: initialiseAdapterMlp, apply: applyAdapterMlp }),
  unet: forget({ configSchema: adapterUNetSchema, initialise: initialiseAdapterUNet, apply: applyAdapterUNet }),
};

/** A model with its configuration. */
export interface BoundModel<Inputs extends readonly NDArray[], Result> {
  /** The checked configuration with every default filled in. */
  config: ModelConfig;
  /** The first parameters, drawn from `random`. */
  initialise(random: RandomSource): Tree<HostArray>;
  /** The network as a pure function of traced arrays. */
  apply(parameters: Tree<NDArray>, ...inputs: Inputs): Result;
}

/**
 * The flow map that a configuration describes; `apply(parameters, x, r, t)` is the mean velocity.
 *
 * @throws InputError if the model is unknown or its configuration does not fit its schema
 */
export function flowMapModel(config: unknown): BoundModel<FlowMapInputs, NDArray> {
  return bind("flow map", flowMapModels, config);
}

/**
 * The noise adapter that a configuration describes; `apply(parameters, aty, problem)` is q(z | y, c).
 *
 * @throws InputError if the model is unknown or its configuration does not fit its schema
 */
export function adapterModel(config: unknown): BoundModel<AdapterInputs, DiagonalGaussian> {
  return bind("adapter", adapterModels, config);
}

function bind<Inputs extends readonly NDArray[], Result>(
  kind: string,
  models: Readonly<Record<string, Model<ModelConfig, Tree<NDArray>, Inputs, Result>>>,
  given: unknown,
): BoundModel<Inputs, Result> {
  const name = typeof given === "object" && given !== null && "model" in given ? given.model : undefined;
  if (typeof name !== "string" || !Object.hasOwn(models, name))
    throw new InputError(
      `the ${kind}'s "model" is ${JSON.stringify(name)}: use one of ${Object.keys(models).join(", ")}`,
    );
  const model = models[name];
  const parsed = model.configSchema.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = [kind, ...issue.path].join(".");
    throw new InputError(`the configuration of the model "${name}" is wrong at ${place}: ${issue.message}`);
  }
  const config = parsed.data;
  return {
    config,
    initialise: (random) => model.initialise(config, random),
    apply: (parameters, ...inputs) => model.apply(config, parameters, ...inputs),
  };
}
