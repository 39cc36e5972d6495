import { InputError, ShapeError } from "../errors.js";

/**
 * The label of each of `count` observations or samples, or undefined if none is given.
 *
 * @param what what has the labels, for messages
 * @param classes number of labels that the flow map knows; 0 or undefined if it knows none
 * @throws InputError if the flow map knows no labels, or does not know one of these
 * @throws ShapeError if the number of labels is not `count`
 */
export function labelsOf(
  label: number | Int32Array | undefined,
  count: number,
  what: "observations" | "samples",
  classes: number | undefined,
): Int32Array | undefined {
  if (label === undefined) return undefined;
  if (classes === undefined || classes === 0)
    throw new InputError("the model's flow map has no classes: give no label");
  const labels = typeof label === "number" ? new Array<number>(count).fill(label) : label;
  if (labels.length !== count)
    throw new ShapeError(`${count} ${what} have ${labels.length} labels: give one each, or one for all`);
  const wrong = labels.find((value) => !Number.isInteger(value) || value < 0 || value >= classes);
  if (wrong !== undefined) throw new InputError(`there is no label ${wrong}: the model's are 0 to ${classes - 1}`);
  return Int32Array.from(labels);
}
