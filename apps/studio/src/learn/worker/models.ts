import { randomSource } from "variational-flow-maps";
import { hostFull, type HostArray, type NDArray, type Tree } from "variational-flow-maps/array";
import { loadModel } from "variational-flow-maps/checkpoint";
import { compile } from "variational-flow-maps/compile";
import { squareAt } from "../../checkerboard/board.js";
import { leavesOf, treeOf } from "../../checkerboard/worker/leaves.js";
import { boardAdapter, boardFlowMap, observed } from "../../checkerboard/worker/networks.js";
import { exactSamples, readPosterior, shownSamples } from "../../checkerboard/worker/read-posterior.js";
import { type BoardParameters, type BoardReader, openReader } from "../../checkerboard/worker/reader.js";
import { startEngine } from "../../engine/index.js";
import { boardFolder, boardWidth } from "../served.js";
import { type Answers, type ModelName, type Opened, type Paths } from "./services.js";

/** The page's models and their reader. */
export interface BoardModels {
  readonly reader: BoardReader;
  readonly models: Readonly<Record<ModelName, Required<BoardParameters>>>;
}

let opened: Promise<BoardModels> | undefined;

/** The models that were opened. */
export async function boardModels(): Promise<BoardModels> {
  if (opened === undefined) throw new Error("the models of the board were not opened");
  return opened;
}

/** Loads the models, once, and computes the pictures that do not depend on y. */
export async function openModels(site: string): Promise<Opened> {
  opened ??= load(site);
  opened.catch(() => (opened = undefined));
  const { reader, models } = await opened;
  const { flowMap } = models.frozen;
  const noise = randomSource(2, "paths").normalArray([shownPaths, 2]);
  return {
    paths: await pathsOf(flowMap, noise),
    jumped: await reader.push(flowMap, noise.data as Float32Array),
    landing: { joint: await reader.landing(models.joint.flowMap), frozen: await reader.landing(flowMap) },
  };
}

async function load(site: string): Promise<BoardModels> {
  await startEngine(site, "wasm");
  const own = { flowMap: boardFlowMap(boardWidth), adapter: boardAdapter(), problems: [observed] };
  const parameters = async (name: ModelName): Promise<Required<BoardParameters>> =>
    (await loadModel(`${site}${boardFolder}/${name}`, own)).parameters;
  const [joint, frozen] = [await parameters("joint"), await parameters("frozen")];
  return { reader: await openReader(own.flowMap, own.adapter), models: { joint, frozen } };
}

/** Every sampler's samples given an observation. */
export async function answersTo(y: number): Promise<Answers> {
  const { reader, models } = await boardModels();
  return {
    exact: readPosterior(exactSamples(y, shownSamples, "shown"), y),
    models: { joint: await reader.posterior(models.joint, y), frozen: await reader.posterior(models.frozen, y) },
  };
}

const shownPaths = 400;
const steps = 40;

/** Follows noise along the flow map's velocity, in many small steps. */
async function pathsOf(flowMap: Tree<HostArray>, noise: HostArray): Promise<Paths> {
  const network = boardFlowMap(boardWidth);
  const field = await compile(
    (leaves: NDArray[], x: NDArray, t: NDArray) => network.apply(treeOf(flowMap, leaves), x, t, t),
    [leavesOf(flowMap), noise, hostFull([shownPaths], 1)],
  );
  const places = [Float32Array.from(noise.data)];
  for (let step = 0; step < steps; step++) {
    const place = places[step];
    const time = hostFull([shownPaths], 1 - step / steps);
    const { data } = await field.run(leavesOf(flowMap), { data: place, shape: noise.shape }, time);
    places.push(place.map((value, i) => value - data[i] / steps));
  }
  await field.dispose();
  const end = places[steps];
  const squares = Int8Array.from({ length: shownPaths }, (_, i) => squareAt(end[2 * i], end[2 * i + 1]));
  return { places, squares };
}
