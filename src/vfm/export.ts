import { constant, constantTree, hostArray, mul, type NDArray, sizeOf } from "../array/index.js";
import { toOnnx } from "../compile/index.js";
import { InputError } from "../errors.js";
import { drawParameters, type Problem } from "../operators/index.js";
import { checkOptions, type OptionRules, positiveInteger } from "../options.js";
import { checkPosteriorModel, classOf, imageShapeOfModel, type VariationalFlowMap } from "./model.js";
import { posteriorSample } from "./posterior.js";
import { constantResidual, traceUpdate } from "./updated-samples.js";

/** How a sampler is exported. */
export interface ExportOptions {
  /** Number of evaluations of the flow map. */
  steps: number;
  /** Number of samples drawn at once. */
  batch: number;
}

const exportRules: OptionRules<ExportOptions> = { steps: positiveInteger, batch: positiveInteger };

function checkExport(of: string, model: VariationalFlowMap, options: ExportOptions): void {
  checkPosteriorModel(of, model);
  checkOptions(of, options, exportRules, ["steps", "batch"]);
}

/** A sampler as an ONNX file, with its inputs. */
export interface ExportedSampler {
  bytes: Uint8Array;
  /** The shape of each input, by name. */
  inputs: Readonly<Record<string, readonly number[]>>;
}

/**
 * Exports the networks' sampler of all problems as an ONNX model, x = f(z), z ~ q(z | y, c). It leaves out the update
 * on the observation and its temperature, which belong to one problem (see `problemSamplerOnnx`).
 *
 * @returns inputs `observation` (A^T y, float32 [batch, ...imageShape]), `class` (int32 [batch]) and `noise` (standard normal,
 *   [batch, ...sampleShape]); output `x`
 * @throws InputError if `model` is not a model or an option is wrong
 * @example
 * const { bytes } = await samplerOnnx(model, { steps: 1, batch: 16 });
 */
export async function samplerOnnx(model: VariationalFlowMap, options: ExportOptions): Promise<ExportedSampler> {
  checkExport("samplerOnnx", model, options);
  const { steps, batch } = options;
  const inputs = {
    observation: [batch, ...imageShapeOfModel(model)],
    class: [batch],
    noise: [batch, ...model.sampleShape],
  };
  const sampler = (aty: NDArray, problem: NDArray, noise: NDArray): NDArray =>
    decodedSample(model, aty, problem, noise, steps);
  const array = (shape: number[]) => ({ shape, type: "float32" }) as const;
  const bytes = await toOnnx(
    sampler,
    [array(inputs.observation), { shape: inputs.class, type: "int32" }, array(inputs.noise)],
    { inputNames: Object.keys(inputs), outputNames: ["x"] },
  );
  return { bytes, inputs };
}

/**
 * Exports the whole sampler of one problem as an ONNX model: A^T y, the networks, the temperature, and the update on
 * the observation if the model has one for the problem.
 *
 * @returns inputs `y` [batch, ...observationShape], the operator's parameters by name (`mask`, `kernel`), `noise`
 *   (standard normal, [batch, ...sampleShape]) and, with an update, `residual_noise` [batch, D] and `observation_noise`
 *   (of y's shape), both standard normal; output `x`
 * @throws InputError if `model` is not a model or does not know the problem, if an operator's parameter has the name of an
 *   input, or if an option is wrong
 * @example
 * const { bytes, inputs } = await problemSamplerOnnx(model, model.problem("inpaint-box"), { steps: 1, batch: 16 });
 * inputs.mask; // [16, 1, 28, 28]
 */
export async function problemSamplerOnnx(
  model: VariationalFlowMap,
  problem: Problem,
  options: ExportOptions,
): Promise<ExportedSampler> {
  checkExport("problemSamplerOnnx", model, options);
  const ofProblem = classOf(model, problem);
  const { steps, batch } = options;
  const { operator } = problem.observation;
  const shape = imageShapeOfModel(model);
  const update = model.updates?.get(problem.name);
  const classes = hostArray(new Int32Array(batch).fill(ofProblem), [batch]);
  const parameters = Object.entries(drawParameters(problem, batch, shape, 0));
  const observationShape = [batch, ...operator.observationShape(shape)];
  const inputs = {
    y: observationShape,
    ...Object.fromEntries(parameters.map(([name, array]) => [name, array.shape])),
    noise: [batch, ...model.sampleShape],
    ...(update?.residual && { residual_noise: [batch, sizeOf(shape)], observation_noise: observationShape }),
  };
  if (Object.keys(inputs).length < parameters.length + (update?.residual ? 4 : 2))
    throw new InputError(
      `"${problem.name}": its operator has a parameter with the name of an input of the sampler: rename it`,
    );
  const sampler = (...given: NDArray[]): NDArray => {
    const names = Object.keys(inputs);
    const input = (name: string): NDArray => given[names.indexOf(name)];
    const drawn = Object.fromEntries(parameters.map(([name]) => [name, input(name)]));
    const aty = operator.transpose(input("y"), drawn, shape);
    const noise = mul(input("noise"), update?.temperature ?? 1);
    const x = decodedSample(model, aty, constant(classes), noise, steps);
    if (update?.residual === undefined) return x;
    const noises = { residual: input("residual_noise"), observation: input("observation_noise") };
    return traceUpdate(x, input("y"), drawn, problem, constantResidual(update.residual), noises);
  };
  const examples = Object.values(inputs).map((of) => ({ shape: of, type: "float32" }) as const);
  const bytes = await toOnnx(sampler, examples, { inputNames: Object.keys(inputs), outputNames: ["x"] });
  return { bytes, inputs };
}

/** f(z) with the model's parameters inside the graph, decoded if the samples are latents. */
function decodedSample(
  model: VariationalFlowMap,
  aty: NDArray,
  problem: NDArray,
  noise: NDArray,
  steps: number,
): NDArray {
  const flowMap = constantTree(model.parameters.flowMap);
  const adapter = constantTree(model.parameters.adapter);
  const networks = {
    meanVelocity: (x: NDArray, r: NDArray, t: NDArray) => model.meanVelocity(flowMap, x, r, t),
    adapter: (seen: NDArray, c: NDArray) => model.adapter(adapter, seen, c),
  };
  const x = posteriorSample(networks, aty, problem, noise, steps);
  const { decoder } = model;
  return decoder === undefined ? x : decoder.decode(constantTree(decoder.parameters), x);
}
