import { type ModelSpec } from "./model-spec.js";

/** How many labels the configured flow map knows; 0 if it is not conditioned on labels. */
export function classesOf({ flowMap }: Pick<ModelSpec, "flowMap">): number {
  return typeof flowMap?.classes === "number" ? flowMap.classes : 0;
}
