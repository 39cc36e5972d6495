import { InvalidArgumentError, Option } from "commander";
import { problemNames } from "../operators/index.js";
import { shippedCheckpoint } from "./package-folder.js";

/** Parses an option's value as an integer that is not below `minimum`. */
export function integerOption(minimum: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || !Number.isSafeInteger(number) || number < minimum)
      throw new InvalidArgumentError(`It has to be an integer, ${minimum} or more.`);
    return number;
  };
}

/** Parses an option's value as a positive number. */
export function positiveOption(value: string): number {
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number) || number <= 0)
    throw new InvalidArgumentError("It has to be a positive number.");
  return number;
}

/** `--checkpoint DIR`: the shipped MNIST model if not given. */
export function checkpointOption(): Option {
  return new Option("--checkpoint <dir>", "the model").default(shippedCheckpoint("mnist"), "the shipped MNIST model");
}

/** `--problem NAME`. */
export function problemOption(): Option {
  return new Option("--problem <name>", `the inverse problem: ${problemNames.join(", ")}`).makeOptionMandatory();
}
