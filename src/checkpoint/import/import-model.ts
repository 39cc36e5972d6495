import { hostArray, shapesOnly } from "../../array/index.js";
import { InputError } from "../../errors.js";
import { adapterModel, flowMapModel, positionTable, type NetworkParameters } from "../../models/index.js";
import { publishedProblems } from "../../operators/index.js";
import { type StoragePrecision } from "../../storage/index.js";
import { type CheckpointAbout } from "../checkpoint.js";
import { type Filled, fillParameters } from "./fill.js";
import { type ImportedAutoencoder } from "./import-autoencoder.js";
import { type FlowMapSettings, inferAdapter, inferTransformer } from "./infer.js";
import { type CheckpointSource, type StateDict } from "./source.js";

/** What `importModel` is told beside the file. */
export interface ImportSettings extends FlowMapSettings {
  /** The moving averages, or the trained weights themselves. */
  weights: "ema" | "model";
  /** How the imported checkpoint stores its parameters. */
  precision: StoragePrecision;
}

/** A published model in this library's form. */
export interface ImportedModel {
  about: CheckpointAbout;
  networks: NetworkParameters;
  /** Names of tensors that belong to no part of the model. */
  leftOver: string[];
  /** Choices that were made because the file does not say. */
  assumptions: string[];
}

/** The groups of a published checkpoint with the flow map's and the adapter's weights. */
const groupsOf = {
  ema: { flowMap: "ema", adapter: "ema_adapter" },
  model: { flowMap: "model", adapter: "adapter_model" },
} as const;

/**
 * Reads a published flow map, with its adapter if the file has one. Every name and shape is checked, and the configuration
 * is read from the shapes.
 *
 * @param autoencoder the autoencoder that the flow map's latents belong to
 * @throws InputError naming a group or tensor that is missing or has another shape, or what does not fit together
 */
export async function importModel(
  file: CheckpointSource,
  settings: ImportSettings,
  autoencoder?: ImportedAutoencoder,
): Promise<ImportedModel> {
  const { path } = file;
  const names = groupsOf[settings.weights];
  const tensors = flowMapGroup(file, names.flowMap);
  const adapterTensors = file.groups.get(names.adapter);
  const flowMap = inferTransformer(tensors, settings, file.options, path);
  const map = flowMapModel(flowMap.config);
  await requireFixedPositions(tensors, map.config.shape, flowMap.config, path);
  const filled = await fillParameters(withoutFixed(tensors), map.initialise(shapesOnly), path);
  const adapter = adapterTensors && (await readAdapter(adapterTensors, map.config.shape, path));
  if (autoencoder !== undefined && autoencoder.model.latentShape.join() !== map.config.shape.join())
    throw new InputError(
      `the autoencoder's latents are [${autoencoder.model.latentShape.join(", ")}], ` +
        `the flow map's samples [${map.config.shape.join(", ")}]: give the autoencoder that it was trained with`,
    );
  const [imageChannels, height, width] =
    autoencoder?.model.imageShape ?? adapter?.model.config.observationShape ?? map.config.shape;
  const about = {
    sampleShape: [...map.shape],
    model: {
      flowMap: { ...map.config },
      ...(adapter && { adapter: { ...adapter.model.config } }),
      ...(autoencoder && { autoencoder: { ...autoencoder.model.config } }),
      problems: publishedProblems(adapter?.model.config.problems),
    },
    // The images that such a model is judged by, where somebody puts them.
    training: { data: { kind: "images", folder: "images", channels: imageChannels === 1 ? 1 : 3, height, width } },
    stages: [],
  };
  return {
    about,
    networks: {
      flowMap: filled.parameters,
      ...(adapter && { adapter: adapter.filled.parameters }),
      ...(autoencoder && { autoencoder: autoencoder.parameters }),
    },
    leftOver: [
      ...inGroup(names.flowMap, filled),
      ...(adapter === undefined ? [] : inGroup(names.adapter, adapter.filled)),
    ],
    assumptions: [
      ...flowMap.assumptions,
      ...(adapter === undefined ? [`no adapter: the file has no "${names.adapter}"`] : []),
    ],
  };
}

function flowMapGroup({ groups, path }: CheckpointSource, name: string): StateDict {
  const group = groups.get(name) ?? groups.get("");
  if (group !== undefined) return group;
  const known = [...groups.keys()].join(", ");
  throw new InputError(
    `${path} has no weights "${name}"${known === "" ? ": it holds no tensors" : `: it has ${known}; see --weights`}`,
  );
}

async function readAdapter(tensors: StateDict, latent: readonly number[], path: string) {
  const { config } = inferAdapter(tensors, latent, path);
  const model = adapterModel(config);
  const filled = await fillParameters(tensors, model.initialise(shapesOnly), path);
  const { problems, observationShape } = config as { problems: number; observationShape: number[] };
  return { model: { config: { ...model.config, problems, observationShape } }, filled };
}

function inGroup(group: string, { leftOver }: Pick<Filled<unknown>, "leftOver">): string[] {
  return leftOver.map((name) => `${group}.${name}`);
}

// Positions are no parameters here: the file has to have the fixed table.
const positionsName = "pos_embed";

function withoutFixed(tensors: StateDict): StateDict {
  return new Map([...tensors].filter(([name]) => name !== positionsName));
}

async function requireFixedPositions(
  tensors: StateDict,
  [, height, width]: readonly number[],
  { patch, width: size }: Record<string, unknown>,
  path: string,
): Promise<void> {
  const stored = await tensors.get(positionsName)?.read();
  const table = positionTable(height / Number(patch), width / Number(patch), Number(size));
  const given = hostArray(stored?.data ?? [], stored?.shape ?? [0]);
  const same =
    given.shape.join() === table.shape.join() && table.data.every((value, i) => Math.abs(value - given.data[i]) < 1e-2);
  if (!same)
    throw new InputError(
      `${path}: ${positionsName} is not the fixed table of sines and cosines: its positions were learnt`,
    );
}
