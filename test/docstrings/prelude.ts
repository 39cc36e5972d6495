// What the examples of docstrings take as given. An example may declare a variable of the same name.
import { type TrainedModel } from "variational-flow-maps";
import { type HostArray, type NDArray, type RandomSource } from "variational-flow-maps/array";
import { type Dataset } from "variational-flow-maps/data";
import { type LabelledMeanVelocity, type Velocity } from "variational-flow-maps/flow";
import { type calibration } from "variational-flow-maps/metrics";
import { type Observation } from "variational-flow-maps/operators";
import { type Communicator, type Run } from "variational-flow-maps/train";
import { type NoiseAdapter } from "variational-flow-maps/vfm";

/** Data, observations and noise inside a traced function, [8, 1, 28, 28]. */
export declare const x: NDArray, y: NDArray, z: NDArray;
/** Times r <= t, [8]. */
export declare const r: NDArray, t: NDArray;
/** Classes, int32 [8]. */
export declare const labels: NDArray;
/** Tokens, [8, N, D], and an embedding of each sample, [8, D]. */
export declare const tokens: NDArray, embedding: NDArray;
/** The parameters of a layer. */
export declare const weight: NDArray, bias: NDArray;

/** Networks inside a traced function: u(x, r, t), v(x, t), q(z | y, c). */
export declare const meanVelocity: LabelledMeanVelocity, field: Velocity, adapter: NoiseAdapter;

/** Images, [N, 1, 28, 28], and points in the plane, [N, 2]. */
export declare const images: HostArray, points: HostArray;
export declare const dataset: Dataset;
/** Posterior samples of an image, [n, 784], and the image, [784]. */
export declare const samples: Float32Array, truth: Float32Array;
export declare const random: RandomSource;

/** A trained model of images [1, 28, 28], and observations of one of its problems. */
export declare const model: TrainedModel, observation: Observation;

/** Truths and observations, a sampler of their posterior, and what it drew. */
export declare const simulations: calibration.Simulations;
export declare const sampler: calibration.TableSampler;
export declare const sampled: calibration.SampledSimulations;

/** A run, and the processes that train it together. */
export declare const run: Run, communicator: Communicator;
