import { type HostArray, type Tree } from "../array/index.js";
import { type BoundNetworks, type NetworkParameters } from "../models/index.js";
import { type Problem } from "../operators/index.js";
import { type ObservationUpdate, type VariationalFlowMap } from "../vfm/index.js";
import { type DataSource } from "./data-source.js";
import { type StageConfig } from "./stages/index.js";

/** A teacher of stages: a trained model's flow map. */
export type Teacher = Pick<VariationalFlowMap, "sampleShape" | "classes" | "meanVelocity"> & {
  readonly parameters: { readonly flowMap: Tree<HostArray> };
};

/**
 * A training run: what is trained, on which data, and how. Every part is given as an object, whether it is the
 * library's or your own.
 */
export interface Run extends BoundNetworks {
  readonly data: DataSource;
  /** The problems that the adapter or the conditional flow map learns to solve. Default: none. */
  readonly problems?: readonly Problem[] | undefined;
  /** The stages, in order: `flowMatching({...})`, `meanFlow({...})`, `joint({...})` and so on. */
  readonly stages: readonly StageConfig[];
  /** Seed of everything random. */
  readonly seed: number;
  /** Steps between two lines of the log. Default: 50. */
  readonly logEvery?: number | undefined;
  /** When the run's state is saved within a stage. Default: every 5 minutes. */
  readonly checkpointEvery?: { readonly steps?: number | undefined; readonly minutes?: number | undefined } | undefined;
  /**
   * How checkpoints store parameters. Default: float32. The state of a run, and the result of a stage from which a later
   * one starts, are always stored in float32.
   */
  readonly checkpointPrecision?: "float32" | "float16" | "bfloat16" | undefined;
  /** Initial parameters, by network name; those of the other networks are drawn. */
  readonly initial?: Partial<NetworkParameters> | undefined;
  /** A model whose flow map guides the stages with `guidance.by` "teacher". */
  readonly teacher?: Teacher | undefined;
  /**
   * How samples of each problem are conditioned on their observation once more, for stages with `updateDraws`: the
   * `updates` of a trained model. Default: none.
   */
  readonly updates?: ReadonlyMap<string, ObservationUpdate> | undefined;
  /**
   * The record of the run in its files, such as its configuration; the stages are always added. A run is resumed only
   * if its record is the same. Default: the plain data of its objects.
   */
  readonly record?: Readonly<Record<string, unknown>> | undefined;
}
