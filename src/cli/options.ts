import { InvalidArgumentError, Option } from "commander";
import { devices } from "../compile/index.js";
import { problemNames } from "../operators/index.js";
import { modelFolder } from "../platform/node/index.js";
import { imageFile, shippedCheckpoint, shippedImages, shippedModels } from "./package-folder.js";

/** Parses an option's value as an integer from `minimum` to `maximum`. */
export function integerOption(minimum: number, maximum = Number.MAX_SAFE_INTEGER): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || !Number.isSafeInteger(number) || number < minimum || number > maximum)
      throw new InvalidArgumentError(
        `It has to be an integer, ${maximum === Number.MAX_SAFE_INTEGER ? `from ${minimum} to 2^53 - 1` : `from ${minimum} to ${maximum}`}.`,
      );
    return number;
  };
}

/** The number of a sampler's steps. All steps are one graph, so that many more would take hours to compile. */
export const stepsOption = integerOption(1, 1000);

/** The flag of an option's key: "reportFrom" -> "--report-from". */
export function flagOf(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Parses an option's value as a positive number. */
export function positiveOption(value: string): number {
  const number = Number(value);
  if (value.trim() === "" || !Number.isFinite(number) || number <= 0)
    throw new InvalidArgumentError("It has to be a positive number.");
  return number;
}

/** Parses an option's value as a number between `minimum` and `maximum`. */
export function numberOption(minimum: number, maximum = Infinity): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (value.trim() === "" || !(number >= minimum && number <= maximum && Number.isFinite(number)))
      throw new InvalidArgumentError(
        `It has to be a number, ${maximum === Infinity ? `${minimum} or more` : `from ${minimum} to ${maximum}`}.`,
      );
    return number;
  };
}

/** Parses "low,high", two numbers in [0, 1], as an interval. */
export function intervalOption(value: string): [low: number, high: number] {
  const [low, high, ...rest] = value.split(",").map((part) => (part.trim() === "" ? NaN : Number(part)));
  if (rest.length > 0 || !(low >= 0 && low <= high && high <= 1))
    throw new InvalidArgumentError("It has to be two times, 0 <= low <= high <= 1, e.g. 0.1,0.8.");
  return [low, high];
}

/** `--device NAME`. */
export function deviceOption(): Option {
  return new Option("--device <name>", "where the onnx engine computes").choices(devices).default("cpu");
}

/** `--checkpoint DIR` or `--checkpoint NAME` of a shipped model; by default the MNIST model. */
export function checkpointOption(): Option {
  return new Option("--checkpoint <dir>", `the model: a folder, or a shipped one: ${shippedModels.join(", ")}`)
    .argParser(modelFolder)
    .default(shippedCheckpoint("mnist"), "the shipped MNIST model");
}

/** `--image FILE` or `--image NAME` of a shipped image. */
export function imageOption(description: string): Option {
  return new Option("--image <file>", `${description}; or a shipped one: ${shippedImages.join(", ")}`).argParser(
    imageFile,
  );
}

/** `--image FILE...`: one or more, each as in `imageOption`. */
export function imagesOption(description: string): Option {
  return new Option("--image <files...>", `${description}; or a shipped one: ${shippedImages.join(", ")}`).argParser(
    (given: string, before: string[] | undefined) => [...(before ?? []), imageFile(given)],
  );
}

/** `--problem NAME`. */
export function problemOption(): Option {
  return new Option("--problem <name>", `the inverse problem: ${problemNames.join(", ")}`).makeOptionMandatory();
}
