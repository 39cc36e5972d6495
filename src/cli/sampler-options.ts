import { type Command, Option } from "commander";
import { type Device } from "../compile/index.js";
import { InputError } from "../errors.js";
import { flowMapSamplers, type SamplerSettings } from "../vfm/index.js";
import { deviceOption, integerOption, intervalOption, numberOption, stepsOption } from "./options.js";

/** The options of a command that say how samples are drawn. */
export interface SamplerOptions {
  samples: number;
  steps: number;
  sampler: (typeof flowMapSamplers)[number];
  gamma?: number;
  label?: number;
  guidance?: number;
  guidanceInterval?: [low: number, high: number];
  device: Device;
}

/** Adds `--samples`, `--steps`, `--sampler` and the options that belong to them. */
export function addSamplerOptions(command: Command): Command {
  return command
    .option("--samples <n>", "samples to draw for each image or observation", integerOption(1), 16)
    .option("--steps <n>", "steps of the sampler, each one evaluation of the flow map", stepsOption, 1)
    .addOption(
      new Option("--sampler <name>", "how the flow map turns noise into data")
        .choices(flowMapSamplers)
        .default("euler"),
    )
    .option("--gamma <share>", "share of fresh noise in --sampler ctm, from 0 to 1", numberOption(0, 1))
    .option("--label <n>", "the class of the images, for a model with classes", integerOption(0))
    .option("--guidance <scale>", "scale of classifier-free guidance towards --label; 1 means none", numberOption(0))
    .option("--guidance-interval <low,high>", "the interval of times with guidance (default: 0,1)", intervalOption)
    .addOption(deviceOption());
}

/**
 * The sampler's settings that the options give.
 *
 * @throws InputError if an interval is given without guidance
 */
export function samplerOf(options: SamplerOptions): SamplerSettings & { device: Device; label?: number } {
  const { steps, sampler, gamma, label, guidance: scale, guidanceInterval: interval, device } = options;
  if (interval !== undefined && scale === undefined)
    throw new InputError("--guidance-interval has no effect without guidance: give --guidance too");
  return {
    steps,
    sampler,
    device,
    ...(gamma !== undefined && { gamma }),
    ...(label !== undefined && { label }),
    ...(scale !== undefined && { guidance: { scale, ...(interval && { interval }) } }),
  };
}
