import { createHash } from "node:crypto";
import { oneOf } from "../../options.js";

/** A part of a data set: `train` for training, `validation` for choosing settings, `test` for evaluation. */
export type Split = "train" | "validation" | "test";

/** The rule for the name of a split. */
export const splitName = oneOf(["train", "validation", "test"]);

const testShare = 0.1;
const validationShare = 0.1;

/**
 * The split of an item, by a hash of its name: a tenth `test`, a tenth `validation`, the rest `train`. The split of an
 * item does not depend on the other items.
 *
 * @example
 * const held = ["a.png", "b.png", "c.png"].filter((name) => splitOf(name) === "test");
 */
export function splitOf(name: string): Split {
  const position = createHash("sha256").update(name).digest().readUInt32BE(0) / 2 ** 32;
  if (position < testShare) return "test";
  return position < testShare + validationShare ? "validation" : "train";
}
