import { hostArray, type HostArray, type NDArray, type Tree } from "../array/index.js";
import { type CompileKey, engineOf, ownerOf } from "../compile/index.js";
import { type MeanVelocity } from "../flow/index.js";
import { type FlowMapModel, imageShapeOfModel } from "./model.js";
import { type DrawSettings } from "./sample-options.js";
import { freshNoiseCount, type LabelledFlowMap } from "./sampler-settings.js";

/** The labels that a compiled sampler takes as its argument: one int32 array [B], or none. */
export type GivenLabels = NDArray[];

/** Example arguments of a compiled sampler of `batch` samples. */
export function samplerExamples(model: FlowMapModel, batch: number, options: DrawSettings) {
  const array = { shape: [batch, ...model.sampleShape], type: "float32" } as const;
  const observation = { shape: [batch, ...imageShapeOfModel(model)], type: "float32" } as const;
  const classes = { shape: [batch], type: "int32" } as const;
  const fresh = new Array<typeof array>(freshNoiseCount(options)).fill(array);
  return { array, observation, classes, fresh, labels: options.label === undefined ? [] : [classes] };
}

/** The model's flow map inside a traced function. */
export function flowMapOf(model: FlowMapModel, parameters: Tree<NDArray>, [labels]: GivenLabels): LabelledFlowMap {
  const unconditional: MeanVelocity = (...inputs) => model.meanVelocity(parameters, ...inputs);
  if (labels === undefined) return { meanVelocity: unconditional, unconditional };
  return { meanVelocity: (...inputs) => model.meanVelocity(parameters, ...inputs, labels), unconditional };
}

/** What a compiled sampler depends on: the model's networks and parameters, its batch, its settings and the engine. */
export function samplerKey(model: FlowMapModel, batch: unknown, options: DrawSettings): CompileKey {
  const { steps = 1, sampler, gamma, guidance, label } = options;
  const settings = { steps, sampler, gamma, guidance, labelled: label !== undefined };
  return {
    objects: [ownerOf(model, "meanVelocity"), model.parameters.flowMap],
    values: [batch, model.sampleShape, settings, engineOf(options)],
  };
}

/** The labels with these indices as the argument of a compiled sampler. */
export function labelsAt(labels: Int32Array | undefined, indices: Int32Array): HostArray[] {
  if (labels === undefined) return [];
  return [
    hostArray(
      indices.map((i) => labels[i]),
      [indices.length],
    ),
  ];
}
