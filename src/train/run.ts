import { type HostArray, type Tree } from "../array/index.js";
import { type BoundNetworks, type NetworkParameters } from "../models/index.js";
import { type Problem } from "../operators/index.js";
import { type VariationalFlowMap } from "../vfm/index.js";
import { type DataSource } from "./data-source.js";
import { type StageConfig } from "./stages/index.js";

/** What guides stages as a teacher: a trained model's flow map. */
export type Teacher = Pick<VariationalFlowMap, "sampleShape" | "classes" | "meanVelocity"> & {
  readonly parameters: { readonly flowMap: Tree<HostArray> };
};

/**
 * A training run: what is trained, on what, and how. Everything is given as it is used, networks and problems of one's own as
 * well as the library's.
 */
export interface Run extends BoundNetworks {
  readonly data: DataSource;
  /** What the adapter or the conditional flow map learns to solve; none if not given. */
  readonly problems?: readonly Problem[] | undefined;
  /** What is done one after the other: `flowMatching({...})`, `meanFlow({...})`, `joint({...})` and so on. */
  readonly stages: readonly StageConfig[];
  /** Fixes everything random. */
  readonly seed: number;
  /** Steps between two lines of the log; 50 if not given. */
  readonly logEvery?: number | undefined;
  /** When the run's state is saved within a stage; every 5 minutes if not given. */
  readonly checkpointEvery?: { readonly steps?: number | undefined; readonly minutes?: number | undefined } | undefined;
  /** How checkpoints store parameters; float32 if not given. A run's own state stays in float32. */
  readonly checkpointPrecision?: "float32" | "float16" | "bfloat16" | undefined;
  /** Parameters that networks start from, by the networks' names; those not given are drawn. */
  readonly initial?: Partial<NetworkParameters> | undefined;
  /** A model whose flow map guides the stages with `guidance.by` "teacher". */
  readonly teacher?: Teacher | undefined;
  /** What the run's files keep of it, in place of what can be told of its objects: the configuration it comes from. */
  readonly record?: Readonly<Record<string, unknown>> | undefined;
}
