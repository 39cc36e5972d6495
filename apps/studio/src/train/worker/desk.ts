import { boardAdapter, boardFlowMap } from "../../checkerboard/worker/networks.js";
import { exactSamples, readPosterior, shownSamples } from "../../checkerboard/worker/read-posterior.js";
import { type BoardParameters, type BoardReader, openReader } from "../../checkerboard/worker/reader.js";
import { type ModelView } from "../../checkerboard/index.js";
import { type Look, type Side, sides } from "./services.js";

/** The parameters that are being trained, and the pictures of them for the page. */
export interface Desk {
  y: number;
  /** Prepares the desk for networks of this width, untrained. */
  prepare(width: number): Promise<void>;
  /** Stores parameters. Training overwrites them in place; between two steps they are consistent. */
  put(side: Side, parameters: BoardParameters): void;
  clear(): void;
  look(y: number): Promise<Look>;
  views(): Promise<Record<Side, ModelView> | undefined>;
}

/** An empty desk. */
export function emptyDesk(y: number): Desk {
  let reader: { width: number; reader: BoardReader } | undefined;
  let models: Partial<Record<Side, BoardParameters>> = {};
  const read = async <View>(
    view: (reader: BoardReader, parameters: BoardParameters) => Promise<View>,
  ): Promise<Record<Side, View> | undefined> => {
    const { joint, frozen } = models;
    if (reader === undefined || joint === undefined || frozen === undefined) return undefined;
    // While both sides share one flow map, it is read once.
    const ofJoint = await view(reader.reader, joint);
    return { joint: ofJoint, frozen: joint === frozen ? ofJoint : await view(reader.reader, frozen) };
  };
  const desk: Desk = {
    y,
    async prepare(width) {
      if (reader?.width === width) return;
      models = {};
      await reader?.reader.dispose();
      reader = undefined;
      reader = { width, reader: await openReader(boardFlowMap(width), boardAdapter()) };
    },
    put(side, parameters) {
      models[side] = parameters;
    },
    clear() {
      models = {};
    },
    async look(observation) {
      desk.y = observation;
      return {
        y: observation,
        exact: readPosterior(exactSamples(observation, shownSamples, "shown"), observation),
        models: await read((from, parameters) => from.posterior(parameters, observation)),
      };
    },
    views: () =>
      read(async (from, parameters) => ({
        landing: await from.landing(parameters.flowMap),
        ...(await from.posterior(parameters, desk.y)),
      })),
  };
  return desk;
}

/** Both sides start from the same parameters. */
export function putBoth(desk: Desk, parameters: BoardParameters): void {
  for (const side of sides) desk.put(side, parameters);
}
