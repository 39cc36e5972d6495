import { describe, expect, it } from "vitest";
import { add, concatenate, hostFull, mul, type NDArray, reshape, sliceAxis, type Tree, zeros } from "../array/index.js";
import { ShapeError } from "../errors.js";
import { gaussianNoise, identity, problem } from "../operators/index.js";
import { samplePosterior } from "./posterior.js";
import { samplePrior } from "./prior.js";
import { type VariationalFlowMap } from "./model.js";

// Latents of two numbers and images of 200 x 200 pixels: so few fit into one batch that decoding needs several.
const side = 200;
const denoise = problem("denoise", gaussianNoise(identity(), 0.1));
const latents: VariationalFlowMap = {
  sampleShape: [2],
  problems: [denoise],
  parameters: { flowMap: {}, adapter: {} },
  meanVelocity: (_parameters, x) => mul(x, 0),
  adapter: (_parameters, aty) => {
    const none = zeros([aty.shape[0], 2]);
    return { mean: none, logSigma: none };
  },
};
/** An image that is 3 times the first latent everywhere but in its last row, which is the second. */
const model: VariationalFlowMap = {
  ...latents,
  decoder: {
    imageShape: [1, side, side],
    parameters: { factor: hostFull([1], 3) },
    decode: (parameters: Tree<NDArray>, z: NDArray): NDArray => {
      const { factor } = parameters as Record<"factor", NDArray>;
      const [batch] = z.shape;
      const plane = (index: number, rows: number): NDArray =>
        add(zeros([batch, 1, rows, side]), reshape(sliceAxis(z, 1, index, index + 1), [batch, 1, 1, 1]));
      return concatenate([mul(plane(0, side - 1), factor), plane(1, 1)], 2);
    },
  },
};

describe("a model with a decoder", () => {
  const nothing = (shape: number[]) => ({ problem: denoise, transposed: hostFull([1, ...shape], 0) });

  it("gives images of the latents that it would give without one", async () => {
    const options = { samples: 9, seed: 4 };
    const { samples } = await samplePosterior(model, nothing([1, side, side]), options);
    const { samples: expected } = await samplePosterior(latents, nothing([2]), options);
    expect(samples.shape).toEqual([1, 9, 1, side, side]);
    for (let i = 0; i < 9; i++) {
      expect(samples.data[i * side * side]).toBeCloseTo(3 * expected.data[2 * i], 5);
      expect(samples.data[(i + 1) * side * side - 1]).toBeCloseTo(expected.data[2 * i + 1], 5);
    }
  });

  it("gives images of the prior", async () => {
    const { samples } = await samplePrior(model, { samples: 2, seed: 4 });
    const { samples: expected } = await samplePrior(latents, { samples: 2, seed: 4 });
    expect(samples.shape).toEqual([2, 1, side, side]);
    expect(samples.data[0]).toBeCloseTo(3 * expected.data[0], 5);
  });

  it("wants observations of the images' shape", () =>
    expect(samplePosterior(model, nothing([2]), { samples: 1, seed: 0 })).rejects.toThrow(ShapeError));
});
