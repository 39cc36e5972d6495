import { type z } from "zod";
import { type HostArray, type RandomSource } from "../../array/index.js";
import { drawTimes, type LabelledMeanVelocity, type Times } from "../../flow/index.js";
import { type Networks } from "../step.js";
import { type TaskContext } from "./task-context.js";
import { type jumpEntries } from "./schema-entries.js";

type JumpEntries = z.output<z.ZodObject<typeof jumpEntries>>;
type JumpSettings = { batchSize: number } & Pick<JumpEntries, "jumpShare" | "wholeJumpShare" | "timeLaw" | "jumpLaw">;

/**
 * Number of samples of each of the batch's equal blocks that jump (r != t), and number of these that span the whole
 * interval.
 */
export function jumpCounts({ batchSize, jumpShare, wholeJumpShare }: JumpSettings, blocks: number) {
  const size = batchSize / blocks;
  const jumps = Math.round(jumpShare * size);
  return { size, jumps, wholeJumps: Math.round(wholeJumpShare * jumps) };
}

/** Draws the times r <= t of a batch of equal blocks. */
export function drawJumpTimes(
  settings: JumpSettings,
  blocks: number,
  random: RandomSource,
): Times & Record<"r" | "t", HostArray> {
  const { timeLaw, jumpLaw } = settings;
  return { ...drawTimes({ ...jumpCounts(settings, blocks), blocks, timeLaw, jumpLaw }, random) };
}

/** The moving average whose half jumps are the targets of the jumps, if the stage uses it. */
export function composedFlowMap(
  { jumpTarget }: Pick<JumpEntries, "jumpTarget">,
  context: TaskContext,
  averages: Networks,
): LabelledMeanVelocity | undefined {
  return jumpTarget === "composition" ? context.meanVelocity(averages.flowMap) : undefined;
}
