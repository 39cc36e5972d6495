import { type HostArray, namedLeaves, type NDArray, sizeOf, type Tree } from "../array/index.js";
import { type ArraySpec, costOf, type GraphCost } from "../compile/index.js";
import { type BoundNetworks, type ModelSpec } from "../models/index.js";
import { bindNetworks, networkForms } from "../checkpoint/index.js";

/** One network of a configuration: its size, and the cost of one evaluation for one sample. */
export interface NetworkCost {
  name: string;
  parameters: number;
  evaluation: GraphCost;
}

/** Counts every network of a configuration: flow map, adapter, conditional flow map, and the autoencoder's decoder and encoder. */
export async function networkCosts(config: Omit<ModelSpec, "problems">): Promise<NetworkCost[]> {
  const networks = await bindNetworks(config);
  const forms = networkForms(networks);
  return [
    ...(await flowMapCost(networks, forms.flowMap)),
    ...(await adapterCost(networks, forms.adapter)),
    ...(await conditionalCost(networks, forms.conditional)),
    ...(await autoencoderCosts(networks, forms.autoencoder)),
  ];
}

async function flowMapCost({ flowMap }: BoundNetworks, form: Tree<HostArray>): Promise<NetworkCost[]> {
  if (flowMap === undefined) return [];
  const evaluation = await costOf(
    (parameters: Tree<NDArray>, x: NDArray, r: NDArray, t: NDArray) => flowMap.apply(parameters, x, r, t),
    [form, single(flowMap.shape), single([]), single([])],
  );
  return [{ name: "flow map", parameters: countParameters(form), evaluation }];
}

async function adapterCost({ adapter, autoencoder }: BoundNetworks, form: Tree<HostArray>): Promise<NetworkCost[]> {
  if (adapter === undefined) return [];
  const observed = (adapter.config?.observationShape ?? autoencoder?.imageShape ?? adapter.shape) as number[];
  const problem: ArraySpec = { shape: [1], type: "int32" };
  const evaluation = await costOf(
    (parameters: Tree<NDArray>, aty: NDArray, c: NDArray) => adapter.apply(parameters, aty, c),
    [form, single(observed), problem],
  );
  return [{ name: "adapter", parameters: countParameters(form), evaluation }];
}

async function conditionalCost({ conditional }: BoundNetworks, form: Tree<HostArray>): Promise<NetworkCost[]> {
  if (conditional === undefined) return [];
  const [image, time, problem] = [single(conditional.shape), single([]), { shape: [1], type: "int32" } as ArraySpec];
  const evaluation = await costOf(
    (parameters: Tree<NDArray>, x: NDArray, r: NDArray, t: NDArray, aty: NDArray, c: NDArray) =>
      conditional.apply(parameters, x, r, t, aty, c),
    [form, image, time, time, image, problem],
  );
  return [{ name: "conditional flow map", parameters: countParameters(form), evaluation }];
}

async function autoencoderCosts({ autoencoder }: BoundNetworks, form: Tree<HostArray>): Promise<NetworkCost[]> {
  if (autoencoder === undefined) return [];
  const { decoder, post_quant_conv, encoder, quant_conv } = form as Record<string, Tree<HostArray>>;
  const [latents, images] = [single(autoencoder.latentShape), single(autoencoder.imageShape)];
  const decode = (parameters: Tree<NDArray>, z: NDArray): NDArray => autoencoder.decode(parameters, z);
  const encode = (parameters: Tree<NDArray>, x: NDArray, noise: NDArray): NDArray =>
    autoencoder.encode(parameters, x, noise);
  const [decoding, encoding] = [
    { decoder, post_quant_conv },
    { encoder, quant_conv },
  ];
  return [
    { name: "decoder", parameters: countParameters(decoding), evaluation: await costOf(decode, [decoding, latents]) },
    {
      name: "encoder",
      parameters: countParameters(encoding),
      evaluation: await costOf(encode, [encoding, images, latents]),
    },
  ];
}

/** The number of parameters of a network, from the shapes of its arrays. */
export function countParameters(tree: Tree<HostArray>): number {
  return namedLeaves(tree).reduce((sum, { array }) => sum + sizeOf(array.shape), 0);
}

function single(shape: readonly number[]): ArraySpec {
  return { shape: [1, ...shape], type: "float32" };
}
