/**
 * Variational Flow Maps: posterior samples of inverse problems in one network evaluation.
 *
 * This module exports what most programs need; the rest is under `variational-flow-maps/train`, `/operators`, `/data`
 * and so on.
 */
export { hostArray, type HostArray, randomSource, type RandomSource, takeRows } from "../array/index.js";
export { loadModel } from "../checkpoint/index.js";
export { disposeCompiled, requireDevice } from "../compile/index.js";
export { CompileError, InputError, NonFiniteError, ShapeError, VfmError } from "../errors.js";
export {
  type ForwardOperator,
  gaussianNoise,
  imageProblem,
  laplaceNoise,
  type Observation,
  type ObservationModel,
  observationOf,
  type ObservationOptions,
  observationRows,
  observe,
  type ObserveOptions,
  operator,
  type OperatorDefinition,
  type OperatorParameters,
  type ParameterKind,
  problem,
  type Problem,
  problemNames,
  type TracedParameters,
} from "../operators/index.js";
export { restoreImage, type RestoredImage, type RestoreImageOptions } from "../tiles/index.js";
export { fromArrays, train, type TrainOptions, type TrainResult } from "../train/index.js";
export {
  type NoiseOf,
  type PosteriorOptions,
  type SampleOptions,
  samplePosterior,
  samplePrior,
  type Samples,
  type TrainedModel,
} from "../vfm/index.js";
