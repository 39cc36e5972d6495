import { filterKeys } from "../object-entries.js";
import { stageSchema, type StageOf } from "../stages/index.js";

/**
 * The stage that trains only the adapter, with the same settings as a joint stage in everything that both have: the
 * joint stage's baseline, with a frozen flow map.
 */
export function frozenStage(stage: StageOf<"joint">): StageOf<"adapter"> {
  const entries = stageSchema.options.flatMap(({ shape }) =>
    shape.kind.value === "adapter" ? Object.keys(shape) : [],
  );
  const score = stage.score && { ...stage.score, priorWeight: 0 };
  const shared = filterKeys({ ...stage, score }, (key) => entries.includes(key));
  const frozen = stageSchema.parse({ ...shared, kind: "adapter", learningRate: stage.learningRate.adapter });
  return frozen as StageOf<"adapter">;
}
