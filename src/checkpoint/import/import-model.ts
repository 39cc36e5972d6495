import { shapesOnly } from "../../array/index.js";
import { InputError } from "../../errors.js";
import { adapterModel, flowMapModel, positionTable, type NetworkParameters } from "../../models/index.js";
import { publishedProblems } from "../../operators/index.js";
import { type StoragePrecision } from "../../storage/index.js";
import { type CheckpointAbout } from "../checkpoint.js";
import { chooseAdapter, chooseFlowMap, type FoundWeights, tensorsOf } from "./find-networks.js";
import { type Filled, fillParameters } from "./fill.js";
import { type ImportedAutoencoder } from "./import-autoencoder.js";
import { type FlowMapSettings, inferAdapter, inferTransformer } from "./infer.js";
import { type CheckpointSource } from "./source.js";
import { type StateDict } from "./source-tensor.js";

/** Options of `importModel` besides the file. */
export interface ImportSettings extends FlowMapSettings {
  /** "ema", the moving averages; "model", the trained weights; or the name of weights in the file. */
  weights?: string | undefined;
  /** How the imported checkpoint stores its parameters. */
  precision: StoragePrecision;
}

/** A published model in this library's form. */
export interface ImportedModel {
  about: CheckpointAbout;
  networks: NetworkParameters;
  /** Names of tensors that do not belong to the model. */
  leftOver: string[];
  /** Choices that were made because the file does not specify them. */
  assumptions: string[];
}

/**
 * Reads a published flow map, and its adapter if the file has one, wherever they are in the file. Every name and shape
 * is checked, and the configuration is inferred from the shapes.
 *
 * @param loadAutoencoder loads the autoencoder of latents [C, H, W], if the flow map has one
 * @throws InputError naming the weights or the tensor that is missing or has another shape, or the parts that do not
 *   fit together
 */
export async function importModel(
  file: CheckpointSource,
  settings: ImportSettings,
  loadAutoencoder?: (latentShape: readonly number[]) => Promise<ImportedAutoencoder>,
): Promise<ImportedModel> {
  const { path } = file;
  const { weights, assumptions } = chooseFlowMap(file, settings.weights);
  const adapterWeights = chooseAdapter(file, weights);
  const tensors = tensorsOf(file, weights);
  const flowMap = inferTransformer(tensors, settings, file.options, path);
  const map = flowMapModel(flowMap.config);
  await requireFixedPositions(tensors, map.config.shape, flowMap.config, path);
  const filled = await fillParameters(withoutFixed(tensors), map.initialise(shapesOnly), path);
  const adapter =
    adapterWeights && (await readAdapter(tensorsOf(file, adapterWeights.weights), map.config.shape, path));
  const autoencoder = await loadAutoencoder?.(map.config.shape);
  if (autoencoder !== undefined) requireLatents(autoencoder, map.config.shape);
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
    // The images on which such a model is evaluated, if a user puts them there.
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
      ...named(weights, filled),
      ...(adapterWeights && adapter ? named(adapterWeights.weights, adapter.filled) : []),
      ...(autoencoder?.leftOver ?? []),
    ],
    assumptions: [
      ...assumptions,
      ...flowMap.assumptions,
      ...(adapterWeights?.assumptions ?? ["no adapter: the file has none"]),
    ],
  };
}

function requireLatents({ model }: ImportedAutoencoder, [channels, height, width]: readonly number[]): void {
  const { latentShape, imageShape } = model;
  if (latentShape.join() === [channels, height, width].join()) return;
  const side = (imageShape[1] / latentShape[1]) * height;
  throw new InputError(
    `the autoencoder's latents are [${latentShape.join(", ")}], the flow map's samples [${channels}, ${height}, ${width}]: ` +
      (latentShape[0] === channels
        ? `import it for its images, --image-size ${side}`
        : "give the autoencoder that it was trained with"),
  );
}

async function readAdapter(tensors: StateDict, latent: readonly number[], path: string) {
  const { config } = inferAdapter(tensors, latent, path);
  const model = adapterModel(config);
  const filled = await fillParameters(tensors, model.initialise(shapesOnly), path);
  const { problems, observationShape } = config as { problems: number; observationShape: number[] };
  return { model: { config: { ...model.config, problems, observationShape } }, filled };
}

function named({ prefix }: FoundWeights, { leftOver }: Pick<Filled<unknown>, "leftOver">): string[] {
  return leftOver.map((name) => `${prefix}${name}`);
}

// Positions are not parameters here, so the file must have the fixed table.
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
  const stored = tensors.get(positionsName);
  const [rows, columns] = [height / Number(patch), width / Number(patch)];
  let same = stored?.shape.join() === [1, rows * columns, Number(size)].join();
  if (stored !== undefined && same) {
    const { data } = await stored.read();
    same = positionTable(rows, columns, Number(size)).data.every((value, i) => Math.abs(value - data[i]) < 1e-2);
  }
  if (!same)
    throw new InputError(
      `${path}: ${positionsName} is not the fixed table of sines and cosines: its positions were learnt`,
    );
}
