import { type CompileOptions } from "../src/compile/index.js";
import { countElements } from "../src/array/index.js";
import { type Communicator, singleProcess } from "../src/distributed/index.js";
import { compileAccumulatedStep } from "../src/train/accumulate.js";
import { parseTrainConfig, resolve } from "../src/train/configuration/index.js";
import { adamW } from "../src/train/adamw.js";
import { mapValues } from "../src/train/object-entries.js";
import { startTraining } from "../src/train/run-state.js";
import { stageTask } from "../src/train/stage-task.js";
import { startingNetworks } from "../src/train/train.js";

/** A compiled training step that continues from its last state. */
export interface PreparedStep {
  run(): Promise<unknown>;
  /** Draws a new batch. */
  draw(): Promise<unknown>;
  /** Number of trained parameters. */
  parameters: number;
  dispose(): Promise<void>;
}

/**
 * Compiles the training step of a configuration's only stage, on one fixed batch.
 *
 * @param document a training configuration
 * @param options the engine and its threads
 * @param communicator the ranks that share the step
 */
export async function preparedStep(
  document: unknown,
  options: CompileOptions,
  communicator: Communicator = singleProcess,
): Promise<PreparedStep> {
  const config = parseTrainConfig(document, "benchmark");
  const run = await resolve(config);
  const [stage] = config.stages;
  const task = stageTask(stage, 0, run);
  const states = mapValues({ ...startingNetworks(run) }, startTraining);
  const isTrained = (network: string): boolean => network in task.learningRates;
  const pick = (trained: boolean) =>
    Object.fromEntries(Object.entries(states).filter(([network]) => isTrained(network) === trained));
  let trained = pick(true);
  const frozen = mapValues(pick(false), ({ parameters }) => parameters);
  const scalars = mapValues(trained, () => ({ ...adamW.scalars(stage, 0.0002, 1), averageDecay: 0.999 }));
  const batch = await task.draw(0, 0);
  const update = { ...stage, blocks: task.blocks };
  const step = await compileAccumulatedStep(task.loss, update, { trained, frozen, batch }, options, communicator);
  return {
    async run() {
      trained = (await step.run(trained, frozen, batch, scalars)).state;
    },
    draw: () => task.draw(1, 0),
    parameters: countElements(mapValues(trained, ({ parameters }) => parameters)),
    dispose: () => step.dispose(),
  };
}
