import { train, type TrainOptions, type TrainResult } from "../../src/train/index.js";
import { resolve, type TrainConfig } from "../../src/train/configuration/index.js";

/** Trains as a configuration says. */
export async function trainFrom(config: TrainConfig, options: TrainOptions): Promise<TrainResult> {
  return train(await resolve(config), options);
}
