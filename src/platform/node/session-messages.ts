import { type HostArray } from "../../array/index.js";
import { type EncodedGraph } from "../types.js";

/** The data with which the worker is started. */
export interface SessionOrder {
  graph: EncodedGraph;
  threads: number;
}

/** A message to the worker: the arrays of a run, undefined where the graph does not use one, or the request to end. */
export type SessionQuestion = (HostArray | undefined)[] | "end";

/** The worker's message: it is ready, the results of a run, or the reason of a failure. */
export type SessionAnswer = { ready: true } | { outputs: HostArray[] } | { failure: string };
