import { z } from "zod";
import { adapterAlone } from "./adapter.js";
import { conditionalFlowMatching } from "./conditional-flow-matching.js";
import { conditionalMeanFlow } from "./conditional-mean-flow.js";
import { conditionalScore } from "./conditional-score.js";
import { distillation } from "./distillation.js";
import { flowMatching } from "./flow-matching.js";
import { joint } from "./joint.js";
import { meanFlow } from "./mean-flow.js";
import { type StageKind } from "./stage-kind.js";

const kinds = {
  "flow-matching": flowMatching,
  "mean-flow": meanFlow,
  distillation,
  adapter: adapterAlone,
  "conditional-flow-matching": conditionalFlowMatching,
  "conditional-mean-flow": conditionalMeanFlow,
  "conditional-score": conditionalScore,
  joint,
} as const;

/** One stage of training. */
export const stageSchema = z.discriminatedUnion("kind", [
  flowMatching.schema,
  meanFlow.schema,
  distillation.schema,
  adapterAlone.schema,
  conditionalFlowMatching.schema,
  conditionalMeanFlow.schema,
  conditionalScore.schema,
  joint.schema,
]);

/** A checked stage. */
export type StageConfig = z.output<typeof stageSchema>;
/** The stage of one kind. */
export type StageOf<Kind extends StageConfig["kind"]> = Extract<StageConfig, { kind: Kind }>;

/** The kind of a stage by its name. It is given stages of its own kind alone. */
export function stageKind(name: StageConfig["kind"]): StageKind<StageConfig> {
  return kinds[name];
}
