// The kinds of training stages, a file each: configuration, checks, loss and random draws.
// `stages.ts` is the table of them; what several share stands in `entries.ts`, `jumps.ts` and `observed-batch.ts`.
export { stageProblem } from "./checks.js";
export { type GuidanceConfig } from "./entries.js";
export { type StageConfig, stageKind, type StageOf, stageSchema } from "./stages.js";
