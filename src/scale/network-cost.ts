import { type HostArray, namedLeaves, type NDArray, sizeOf, type Tree } from "../array/index.js";
import { type ArraySpec, costOf, type GraphCost } from "../compile/index.js";
import { adapterModel, autoencoderModel, conditionalModel, flowMapModel } from "../models/index.js";
import { networkForms, type TrainConfig } from "../train/index.js";

/** One network of a configuration: its size, and what one evaluation for one sample takes. */
export interface NetworkCost {
  name: string;
  parameters: number;
  evaluation: GraphCost;
}

/** Counts every network of a configuration: flow map, adapter, conditional flow map, and the autoencoder's decoder and encoder. */
export async function networkCosts(config: TrainConfig): Promise<NetworkCost[]> {
  const forms = networkForms(config);
  return [
    ...(await flowMapCost(config, forms.flowMap)),
    ...(await adapterCost(config, forms.adapter)),
    ...(await conditionalCost(config, forms.conditional)),
    ...(await autoencoderCosts(config, forms.autoencoder)),
  ];
}

async function flowMapCost({ flowMap }: TrainConfig, form: Tree<HostArray>): Promise<NetworkCost[]> {
  if (flowMap === undefined) return [];
  const model = flowMapModel(flowMap);
  const evaluation = await costOf(
    (parameters: Tree<NDArray>, x: NDArray, r: NDArray, t: NDArray) => model.apply(parameters, x, r, t),
    [form, single(model.config.shape), single([]), single([])],
  );
  return [{ name: "flow map", parameters: countParameters(form), evaluation }];
}

async function adapterCost({ adapter }: TrainConfig, form: Tree<HostArray>): Promise<NetworkCost[]> {
  if (adapter === undefined) return [];
  const model = adapterModel(adapter);
  const observed = (adapter.observationShape ?? model.config.shape) as number[];
  const problem: ArraySpec = { shape: [1], type: "int32" };
  const evaluation = await costOf(
    (parameters: Tree<NDArray>, aty: NDArray, c: NDArray) => model.apply(parameters, aty, c),
    [form, single(observed), problem],
  );
  return [{ name: "adapter", parameters: countParameters(form), evaluation }];
}

async function conditionalCost({ conditional }: TrainConfig, form: Tree<HostArray>): Promise<NetworkCost[]> {
  if (conditional === undefined) return [];
  const model = conditionalModel(conditional);
  const [image, time, problem] = [single(model.config.shape), single([]), { shape: [1], type: "int32" } as ArraySpec];
  const evaluation = await costOf(
    (parameters: Tree<NDArray>, x: NDArray, r: NDArray, t: NDArray, aty: NDArray, c: NDArray) =>
      model.apply(parameters, x, r, t, aty, c),
    [form, image, time, time, image, problem],
  );
  return [{ name: "conditional flow map", parameters: countParameters(form), evaluation }];
}

async function autoencoderCosts({ autoencoder }: TrainConfig, form: Tree<HostArray>): Promise<NetworkCost[]> {
  if (autoencoder === undefined) return [];
  const model = autoencoderModel(autoencoder);
  const { decoder, post_quant_conv, encoder, quant_conv } = form as Record<string, Tree<HostArray>>;
  const [latents, images] = [single(model.latentShape), single(model.imageShape)];
  const decode = (parameters: Tree<NDArray>, z: NDArray): NDArray => model.decode(parameters, z);
  const encode = (parameters: Tree<NDArray>, x: NDArray, noise: NDArray): NDArray => model.encode(parameters, x, noise);
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

/** The number of parameters of a network, by the shapes of its arrays. */
export function countParameters(tree: Tree<HostArray>): number {
  return namedLeaves(tree).reduce((sum, { array }) => sum + sizeOf(array.shape), 0);
}

function single(shape: readonly number[]): ArraySpec {
  return { shape: [1, ...shape], type: "float32" };
}
