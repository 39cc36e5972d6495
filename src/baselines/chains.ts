import { hostArray, type HostArray, hostZeros, inBatches, type NDArray, randomSource, sizeOf } from "../array/index.js";
import { compileTrees, type Hosted } from "../compile/index.js";
import { InputError } from "../errors.js";
import { checkObservation, type Observation, observationRows, type Problem } from "../operators/index.js";
import { checkOptions } from "../options.js";
import { type SamplerEngine } from "./engine.js";
import { type ObservationArrays, type TracedObservation, tracedObservation } from "./observation.js";
import { type DrawOptions, drawRules, type PosteriorSampler } from "./posterior-sampler.js";

/** The state of a chain between steps: arrays whose first axis is the batch. */
export type State = Readonly<Record<string, NDArray>>;

/** Numbers of a step that are computed on the host, and are scalars in the graph. */
export type Scalars<Name extends string> = Readonly<Record<Name, NDArray>>;

/** The random arrays of a step. */
export interface StepNoise {
  /** Standard normal, of the samples' shape [B, C, H, W]. */
  normal: NDArray;
  /** Uniform in [0, 1), [B]. */
  uniform: NDArray;
}

/** A sampler that runs a chain for every sample. Its step is one graph, which does not depend on the settings. */
export interface ChainMethod<Name extends string> {
  name: string;
  /** The model whose network is in the graphs. */
  owner: object;
  steps: number;
  /** Number of evaluations of the network for each sample. Default: one for each step. */
  evaluations?: number | undefined;
  /** The network's class of a problem; not needed by methods whose network does not take the observation. */
  classOf?(problem: Problem): number;
  /** Whether its steps use the adjoint of A, which a nonlinear A does not have. Default: false. */
  linearOnly?: boolean;
  /** Whether a step uses fresh normal and uniform numbers. */
  draws: { normal: boolean; uniform: boolean };
  /** The settings that change the graphs, as text. */
  form?: string | undefined;
  /** The state before the first step, from standard normal noise [B, C, H, W]. Default: the noise itself, as `x`. */
  start?(noise: NDArray, observation: TracedObservation, scalars: Scalars<Name>): State;
  /** The numbers of step number `step`; those of step 0 are also passed to `start`. */
  scalars(step: number): Readonly<Record<Name, number>>;
  step(state: State, observation: TracedObservation, scalars: Scalars<Name>, noise: StepNoise): State;
  /** The samples of the last state. Default: its `x`. */
  finish?(state: State): NDArray;
}

type HostState = Readonly<Record<string, HostArray>>;

/** The posterior sampler that runs the chains of this method, `batchSize` at a time. */
export function chainSampler<Name extends string>(method: ChainMethod<Name>, engine: SamplerEngine): PosteriorSampler {
  const { name, steps, evaluations = steps } = method;
  if (!Number.isInteger(steps) || steps < 1)
    throw new InputError(`${name}: the number of steps is ${steps}, it has to be a positive integer`);
  return {
    name,
    evaluations,
    sample: async (observation, options) => {
      checkOptions(name, options, drawRules, ["samples", "seed"]);
      checkObservation(observation);
      if (!("y" in observation))
        throw new InputError(`${name} needs y, the observation has A^T y alone: make it with observe or observationOf`);
      const { operator } = observation.problem.observation;
      if (method.linearOnly === true && operator.linear === false)
        throw new InputError(
          `${name} needs a linear operator, and "${operator.name}" is not linear: use DPS or D-Flow`,
        );
      const { samples, seed, onStep } = options;
      const [count, ...sampleShape] = observation.transposed.shape;
      const problemClass = method.classOf?.(observation.problem) ?? 0;
      const total = count * samples;
      const batch = Math.min(engine.batchSize, total);
      const { data } = await inBatches(total, batch, (chains) => {
        const own = observationRows(
          observation,
          chains.map((chain) => Math.floor(chain / samples)),
        );
        return runChains(method, engine, own, problemClass, chains, { seed, onStep });
      });
      return hostArray(data, [count, samples, ...sampleShape]);
    },
  };
}

async function runChains<Name extends string>(
  method: ChainMethod<Name>,
  engine: SamplerEngine,
  { problem, y, transposed: aty, parameters }: Observation,
  problemClass: number,
  chains: Int32Array,
  { seed, onStep }: Pick<DrawOptions, "seed" | "onStep">,
): Promise<HostArray> {
  const { name, owner, form = "", steps } = method;
  const { shape } = aty;
  const classes = hostArray(new Int32Array(chains.length).fill(problemClass), [chains.length]);
  const arrays: Hosted<ObservationArrays> = { y, aty, problem: classes, parameters };
  const sources = Array.from(chains, (chain) => randomSource(seed, name, chain));
  const size = sizeOf(shape.slice(1));
  const drawNormal = (): HostArray => {
    const noise = hostZeros(shape);
    sources.forEach(({ normalArray }, i) => noise.data.set(normalArray([size]).data, i * size));
    return noise;
  };
  const noNormal = hostZeros(shape);
  const noUniform = hostZeros([chains.length]);
  const drawNoise = (): Hosted<StepNoise> => ({
    normal: method.draws.normal ? drawNormal() : noNormal,
    uniform: method.draws.uniform
      ? hostArray(
          Float32Array.from(sources, ({ uniform }) => uniform()),
          [chains.length],
        )
      : noUniform,
  });
  const scalarsOf = (step: number): Record<Name, HostArray> => {
    const values = Object.entries<number>(method.scalars(step));
    return Object.fromEntries(values.map(([key, value]) => [key, hostArray([value], [])])) as Record<Name, HostArray>;
  };
  const observe = (traced: ObservationArrays): TracedObservation => tracedObservation(problem.observation, traced);
  const objects = [owner, problem.observation];
  const run = (part: string, fn: (...args: never[]) => unknown, ...args: unknown[]): Promise<unknown> =>
    engine.compiled.use(
      { objects, values: [part, name, form, shape] },
      () => compileTrees(fn, args, engine.compileOptions),
      (compiled) => compiled.run(...args),
    );

  const { start, step, finish } = method;
  const noise = drawNormal();
  let state: HostState = { x: noise };
  if (start !== undefined) {
    const begin = (z: NDArray, traced: ObservationArrays, scalars: Scalars<Name>): State =>
      start(z, observe(traced), scalars);
    state = (await run("start", begin, noise, arrays, scalarsOf(0))) as HostState;
  }
  const advance = (current: State, traced: ObservationArrays, scalars: Scalars<Name>, random: StepNoise): State =>
    step(current, observe(traced), scalars, random);
  for (let k = 0; k < steps; k++) {
    state = (await run("step", advance, state, arrays, scalarsOf(k), drawNoise())) as HostState;
    await onStep?.({ step: k + 1, steps, x: state.x ?? state.z });
  }
  return finish === undefined ? state.x : ((await run("finish", finish, state)) as HostArray);
}
