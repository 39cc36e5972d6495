import { createHash } from "node:crypto";

/** A part of a data set: `train` to learn from, `validation` to choose settings by, `test` to measure with. */
export type Split = "train" | "validation" | "test";

const testShare = 0.1;
const validationShare = 0.1;

/**
 * The split that an item belongs to, by a hash of its name: a tenth `test`, a tenth `validation`, the rest `train`. An
 * item stays where it is when others come or go.
 *
 * @example
 * const held = ["a.png", "b.png", "c.png"].filter((name) => splitOf(name) === "test");
 */
export function splitOf(name: string): Split {
  const position = createHash("sha256").update(name).digest().readUInt32BE(0) / 2 ** 32;
  if (position < testShare) return "test";
  return position < testShare + validationShare ? "validation" : "train";
}
