import { beforeAll, describe, expect, it } from "vitest";
import { hostArray, type HostArray, mapHostTree, type NDArray, randomSource, type Tree } from "../array/index.js";
import { compile, type Hosted } from "../compile/index.js";
import { InputError } from "../errors.js";
import { type AutoencoderBlock, type AutoencoderMiddle } from "./autoencoder-layers.js";
import { type AutoencoderKlParameters } from "./autoencoder-kl.js";
import { autoencoderModel } from "./autoencoder.js";

// The oracle: the published network as loops over single numbers, in double precision.

/** Images as [channel][row][column]. */
type Image = number[][][];
type Layer = { weight: HostArray; bias: HostArray };

const map = (x: Image, fn: (value: number, c: number, i: number, j: number) => number): Image =>
  x.map((plane, c) => plane.map((row, i) => row.map((value, j) => fn(value, c, i, j))));

/** Convolution with zeros wherever the kernel leaves the image; `before` zeros above and to the left. */
function convolve(
  { weight, bias }: Layer,
  x: Image,
  stride = 1,
  before = (weight.shape[2] - 1) / 2,
  after = before,
): Image {
  const [outputs, inputs, side] = weight.shape;
  const [height, width] = [x[0].length, x[0][0].length].map(
    (n) => Math.floor((n + before + after - side) / stride) + 1,
  );
  return Array.from({ length: outputs }, (_, o) =>
    Array.from({ length: height }, (_, i) =>
      Array.from({ length: width }, (_, j) => {
        let total = bias.data[o];
        for (let c = 0; c < inputs; c++)
          for (let a = 0; a < side; a++)
            for (let b = 0; b < side; b++) {
              const pixel = x[c][i * stride + a - before]?.[j * stride + b - before] ?? 0;
              total += weight.data[((o * inputs + c) * side + a) * side + b] * pixel;
            }
        return total;
      }),
    ),
  );
}

function groupNormalise({ weight, bias }: Layer, x: Image, groups: number): Image {
  const size = x.length / groups;
  const moments = Array.from({ length: groups }, (_, g) => {
    const values = x.slice(g * size, (g + 1) * size).flat(2);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    return { mean, deviation: Math.sqrt(variance + 1e-6) };
  });
  return map(x, (value, c) => {
    const { mean, deviation } = moments[Math.floor(c / size)];
    return ((value - mean) / deviation) * weight.data[c] + bias.data[c];
  });
}

const activate = (x: Image): Image => map(x, (value) => value / (1 + Math.exp(-value)));
const sum = (a: Image, b: Image): Image => map(a, (value, c, i, j) => value + b[c][i][j]);

function block(p: Hosted<AutoencoderBlock>, x: Image, groups: number): Image {
  const first = convolve(p.conv1, activate(groupNormalise(p.norm1, x, groups)));
  const second = convolve(p.conv2, activate(groupNormalise(p.norm2, first, groups)));
  return sum(p.conv_shortcut === undefined ? x : convolve(p.conv_shortcut, x), second);
}

function attend(p: Hosted<AutoencoderMiddle>["attentions"][0], x: Image, groups: number): Image {
  const width = x[0][0].length;
  const normalised = groupNormalise(p.group_norm, x, groups);
  const pixels = x[0].flatMap((row, i) => row.map((_, j) => normalised.map((plane) => plane[i][j])));
  const apply = ({ weight, bias }: Layer, vector: number[]): number[] =>
    Array.from(bias.data, (offset, o) =>
      vector.reduce((total, value, c) => total + weight.data[o * vector.length + c] * value, offset),
    );
  const [q, k, v] = [p.to_q, p.to_k, p.to_v].map((layer) => pixels.map((pixel) => apply(layer, pixel)));
  const mixed = q.map((query) => {
    const scores = k.map((key) =>
      Math.exp(key.reduce((total, value, c) => total + value * query[c], 0) / Math.sqrt(query.length)),
    );
    const total = scores.reduce((a, b) => a + b, 0);
    const mean = query.map((_, c) => v.reduce((acc, value, n) => acc + (scores[n] / total) * value[c], 0));
    return apply(p.to_out[0], mean);
  });
  return map(x, (value, c, i, j) => value + mixed[i * width + j][c]);
}

function middle(
  { resnets: [a, b], attentions: [attention] }: Hosted<AutoencoderMiddle>,
  x: Image,
  groups: number,
): Image {
  return block(b, attend(attention, block(a, x, groups), groups), groups);
}

type Parameters = Hosted<AutoencoderKlParameters>;

function encode({ encoder, quant_conv }: Parameters, x: Image, groups: number): Image {
  let hidden = convolve(encoder.conv_in, x);
  for (const { resnets, downsamplers } of encoder.down_blocks) {
    for (const resnet of resnets) hidden = block(resnet, hidden, groups);
    if (downsamplers !== undefined) hidden = convolve(downsamplers[0].conv, hidden, 2, 0, 1);
  }
  hidden = middle(encoder.mid_block, hidden, groups);
  return convolve(
    quant_conv,
    convolve(encoder.conv_out, activate(groupNormalise(encoder.conv_norm_out, hidden, groups))),
  );
}

function decode({ decoder, post_quant_conv }: Parameters, z: Image, groups: number): Image {
  let hidden = middle(decoder.mid_block, convolve(decoder.conv_in, convolve(post_quant_conv, z)), groups);
  for (const { resnets, upsamplers } of decoder.up_blocks) {
    for (const resnet of resnets) hidden = block(resnet, hidden, groups);
    if (upsamplers === undefined) continue;
    const enlarged = hidden.map((plane) => plane.flatMap((row) => [row, row].map((r) => r.flatMap((v) => [v, v]))));
    hidden = convolve(upsamplers[0].conv, enlarged);
  }
  return convolve(decoder.conv_out, activate(groupNormalise(decoder.conv_norm_out, hidden, groups)));
}

const imageOf = ({ shape: [, channels, height, width], data }: HostArray): Image =>
  Array.from({ length: channels }, (_, c) =>
    Array.from({ length: height }, (_, i) =>
      Array.from({ length: width }, (_, j) => data[(c * height + i) * width + j]),
    ),
  );

const config = {
  model: "autoencoder-kl",
  imageShape: [3, 8, 4],
  channels: [4, 4, 8],
  blocks: 1,
  groups: 2,
  latentChannels: 2,
};

describe.each(["onnx", "jax"] as const)("AutoencoderKL on %s", (backend) => {
  const model = autoencoderModel(config);
  const { groups, scale } = model.config;
  const random = randomSource(3);
  // Gains differ from 1 and offsets from 0, so that leaving them out changes the result.
  const parameters = mapHostTree(model.initialise(random), (array, name) =>
    name.includes("norm")
      ? hostArray(
          array.data.map((value) => value + 0.3 * random.normal()),
          array.shape,
        )
      : array,
  ) as Parameters;
  const images = random.normalArray([1, ...model.imageShape]);
  const noise = random.normalArray([1, ...model.latentShape]);
  const expectClose = (actual: HostArray, expected: Image): void =>
    imageOf(actual)
      .flat(2)
      .forEach((value, i) => expect(value).toBeCloseTo(expected.flat(2)[i], 4));
  const run = async (fn: (p: Tree<NDArray>, ...rest: NDArray[]) => NDArray, ...inputs: HostArray[]) => {
    const network = await compile(
      (p: AutoencoderKlParameters, rest: NDArray[]) => fn(p, ...rest),
      [parameters, inputs],
      { backend },
    );
    const result = await network.run(parameters, inputs);
    await network.dispose();
    return result;
  };
  let oracle: Image;
  beforeAll(() => {
    oracle = encode(parameters, imageOf(images), groups);
  });

  it("halves the image once between two levels", () => expect(model.latentShape).toEqual([2, 2, 1]));

  it("draws the latents of an image", async () => {
    const drawn = await run(model.encode, images, noise);
    const eps = imageOf(noise);
    const expected = oracle
      .slice(0, 2)
      .map((plane, c) =>
        plane.map((row, i) => row.map((mean, j) => scale * (mean + Math.exp(oracle[c + 2][i][j] / 2) * eps[c][i][j]))),
      );
    expectClose(drawn, expected);
  });

  it("decodes latents", async () => {
    const latents = hostArray(
      noise.data.map((value) => value * scale),
      noise.shape,
    );
    expectClose(await run(model.decode, latents), decode(parameters, imageOf(noise), groups));
  });
});

describe("the configuration", () => {
  it("has SD-VAE's sizes by default", () => {
    const { imageShape, latentShape } = autoencoderModel({ model: "autoencoder-kl" });
    expect([imageShape, latentShape]).toEqual([
      [3, 256, 256],
      [4, 32, 32],
    ]);
  });

  it("says what does not fit", () => {
    expect(() => autoencoderModel({ ...config, groups: 3 })).toThrow(InputError);
    expect(() => autoencoderModel({ ...config, groups: 3 })).toThrow(/autoencoder: groups: must divide/);
    expect(() => autoencoderModel({ ...config, imageShape: [3, 6, 8] })).toThrow(/: imageShape: /);
    expect(() => autoencoderModel({ ...config, model: "vae" })).toThrow(/: model: /);
  });
});
