import { writeFile } from "node:fs/promises";
import { type Communicator, orderedMean } from "../src/distributed/index.js";
import { connectMpi } from "../src/node/mpi/index.js";
import { preparedStep } from "./prepared-step.js";
import { checkerboard } from "./step.js";

/** Medians over the timed steps of rank 0. */
export interface RankFigures {
  stepMs: number;
  /** Time in which a rank exchanges and gathers gradients, including the wait for the others. */
  sumMs: number;
  /**
   * Time in which vectors with as many numbers as there are parameters are averaged, one from each rank, if all ranks
   * start at once.
   */
  sumAloneMs: number;
  /** Time in which the whole batch is drawn. */
  drawMs: number;
  /** Number of bytes that a rank sends in a step. */
  bytes: number;
  parameters: number;
}

/** Runs the checkerboard's joint step, its batch in two parts, as one of the ranks that `mpirun` started. */
const [out, threads, steps] = process.argv.slice(2);
const mpi = await connectMpi();
const spent = { ms: 0, bytes: 0 };
const timed = async (work: Promise<void>, floats: number): Promise<void> => {
  const start = performance.now();
  await work;
  spent.ms += performance.now() - start;
  spent.bytes += 4 * floats * (mpi.size - 1);
};
const communicator: Communicator = {
  ...mpi,
  exchange: (send, receive) => timed(mpi.exchange(send, receive), send.length / mpi.size),
  gather: (own, all) => timed(mpi.gather(own, all), own.length),
};
const [stage] = checkerboard.stages;
const document = { ...checkerboard, stages: [{ ...stage, accumulate: 2 }] };
const step = await preparedStep(document, { threads: Number(threads) }, communicator);
await step.run();
const figures: Omit<RankFigures, "parameters" | "sumAloneMs">[] = [];
for (let i = 0; i < Number(steps); i++) {
  await mpi.barrier();
  Object.assign(spent, { ms: 0, bytes: 0 });
  const start = performance.now();
  await step.run();
  const stepMs = performance.now() - start;
  const drawing = performance.now();
  await step.draw();
  figures.push({ stepMs, sumMs: spent.ms, bytes: spent.bytes, drawMs: performance.now() - drawing });
}
const median = (name: keyof (typeof figures)[number]): number =>
  figures.map((each) => each[name]).sort((a, b) => a - b)[figures.length >> 1];
const vector = new Float32Array(step.parameters).fill(1);
const { add, finish } = orderedMean(mpi, { count: mpi.size, length: vector.length });
const sumsAlone: number[] = [];
for (let i = 0; i < Number(steps); i++) {
  await mpi.barrier();
  const start = performance.now();
  await add([vector]);
  await finish([[]]);
  sumsAlone.push(performance.now() - start);
}
const all: RankFigures = {
  stepMs: median("stepMs"),
  sumMs: median("sumMs"),
  sumAloneMs: sumsAlone.sort((a, b) => a - b)[sumsAlone.length >> 1],
  drawMs: median("drawMs"),
  bytes: median("bytes"),
  parameters: step.parameters,
};
if (mpi.rank === 0) await writeFile(out, JSON.stringify(all));
await mpi.close();
process.exit(0);
