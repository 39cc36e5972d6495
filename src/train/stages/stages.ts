import { z } from "zod";
import { adapterAloneKind } from "./adapter.js";
import { conditionalFlowMatchingKind } from "./conditional-flow-matching.js";
import { conditionalMeanFlowKind } from "./conditional-mean-flow.js";
import { conditionalScoreKind } from "./conditional-score.js";
import { distillationKind } from "./distillation.js";
import { flowMatchingKind } from "./flow-matching.js";
import { jointKind } from "./joint.js";
import { meanFlowKind } from "./mean-flow.js";
import { type StageKind } from "./stage-kind.js";

const kinds = {
  "flow-matching": flowMatchingKind,
  "mean-flow": meanFlowKind,
  distillation: distillationKind,
  adapter: adapterAloneKind,
  "conditional-flow-matching": conditionalFlowMatchingKind,
  "conditional-mean-flow": conditionalMeanFlowKind,
  "conditional-score": conditionalScoreKind,
  joint: jointKind,
} as const;

/** One stage of training. */
export const stageSchema = z.discriminatedUnion("kind", [
  flowMatchingKind.schema,
  meanFlowKind.schema,
  distillationKind.schema,
  adapterAloneKind.schema,
  conditionalFlowMatchingKind.schema,
  conditionalMeanFlowKind.schema,
  conditionalScoreKind.schema,
  jointKind.schema,
]);

/** A validated stage, with all defaults. */
export type StageConfig = z.output<typeof stageSchema>;
/** The stage of one kind. */
export type StageOf<Kind extends StageConfig["kind"]> = Extract<StageConfig, { kind: Kind }>;

/** The kind of a stage, by name. Its functions are only called with stages of this kind. */
export function stageKind(name: StageConfig["kind"]): StageKind<StageConfig> {
  return kinds[name];
}
