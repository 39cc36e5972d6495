import { type HostArray, namedLeaves, randomSource, type Tree } from "../../src/array/index.js";
import {
  adapterModel,
  adapterModels,
  autoencoderModel,
  conditionalModel,
  conditionalModels,
  flowMapModel,
  flowMapModels,
} from "../../src/models/index.js";

/** A leaf of a parameter tree: its name, its shape and the mean square of its first values. */
export type GoldenLeaf = [name: string, shape: string, meanSquare: number];

const image = [1, 8, 8];
const unet = { shape: image, channels: 4, groups: 2, multipliers: [1, 2], embedding: 4 };
const transformer = { shape: image, patch: 4, depth: 1, width: 4, heads: 2 };
const residual = { shape: image, depth: 1, width: 4, embedding: 4 };
const encoder = { channels: 4, multipliers: [1, 2], embedding: 4, problems: 3 };

// At least one configuration of each registered model; more where its options change the tree.
const configurations = {
  flowMap: {
    models: flowMapModels,
    bind: flowMapModel,
    of: [
      { model: "mlp", shape: [2], depth: 2, width: 4 },
      { model: "residual-mlp", ...residual },
      { model: "unet", ...unet },
      { model: "unet", ...unet, patch: 2, bottleneck: "mixer" },
      { model: "unet", ...unet, bottleneck: "dense" },
      { model: "mixer", shape: image, depth: 1, width: 4, embedding: 4 },
      { model: "dit", ...transformer, sigmaHead: true },
      { model: "dmft", ...transformer, classes: 3, queryKeyNorm: true },
    ],
  },
  adapter: {
    models: adapterModels,
    bind: adapterModel,
    of: [
      { model: "mlp", observationShape: [1], shape: [2], depth: 1, width: 4, problems: 3 },
      { model: "residual-mlp", ...residual, problems: 3 },
      { model: "residual-mlp", ...residual, problems: 3, basis: "principal" },
      { model: "unet", ...unet, problems: 3 },
      { model: "adapter-unet", ...encoder, observationShape: image, shape: [1, 4, 4] },
    ],
  },
  conditional: {
    models: conditionalModels,
    bind: conditionalModel,
    of: [
      { model: "residual-mlp", ...residual, problems: 3 },
      { model: "unet", ...unet, problems: 3 },
    ],
  },
  autoencoder: {
    models: { "autoencoder-kl": {} },
    bind: autoencoderModel,
    of: [{ model: "autoencoder-kl", imageShape: [3, 16, 16], channels: [4, 4], blocks: 1, groups: 2 }],
  },
};

/** The names of the registered models that no configuration here describes. */
export function modelsWithoutGolden(): string[] {
  return Object.entries(configurations).flatMap(([kind, { models, of }]) =>
    Object.keys(models)
      .filter((name) => !of.some(({ model }) => model === name))
      .map((name) => `${kind} ${name}`),
  );
}

/** The parameter trees of the models as their own seeds make them, leaf by leaf in order. */
export function goldenTrees(): Record<string, GoldenLeaf[]> {
  return Object.fromEntries(
    Object.entries(configurations).flatMap(([kind, { bind, of }]) =>
      of.map((configuration) => {
        const tree: Tree<HostArray> = bind(configuration).initialise(randomSource(11, "initialise", kind));
        return [`${kind} ${JSON.stringify(configuration)}`, namedLeaves(tree).map(leafOf)];
      }),
    ),
  );
}

function leafOf({ name, array: { shape, data } }: { name: string; array: HostArray }): GoldenLeaf {
  // Weighted by place, so that values in another order are noticed.
  const total = Array.from(data).reduce((sum, value, i) => sum + value ** 2 * ((i % 7) + 1), 0);
  return [name, shape.join(" x "), total / data.length];
}
