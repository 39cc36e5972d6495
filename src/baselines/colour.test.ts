import { describe, expect, it } from "vitest";
import { hostArray, type HostArray, mapHostTree, randomSource } from "../array/index.js";
import { flowMapModel } from "../models/index.js";
import { imageProblem, observe } from "../operators/index.js";
import { guidedMethods, type PriorModel, samplerEngine } from "./index.js";

// A small U-Net with random parameters as the prior of colour images.
const network = flowMapModel({
  model: "unet",
  shape: [3, 8, 8],
  channels: 4,
  groups: 2,
  multipliers: [1, 2],
  embedding: 4,
});
const random = randomSource(6, "U-Net in colour");
const prior: PriorModel = {
  parameters: {
    flowMap: mapHostTree(network.initialise(random), ({ shape, data }) =>
      hostArray(
        Float32Array.from(data, (value) => value + 0.1 * random.normal()),
        shape,
      ),
    ),
  },
  meanVelocity: (parameters, x, r, t) => network.apply(parameters, x, r, t),
};

async function samplesOf(method: (typeof guidedMethods)[number], backend: "onnx" | "jax"): Promise<HostArray> {
  const problem = imageProblem("inpaint-box", { sigma: 0.1 });
  const { shape, data } = randomSource(7).normalArray([2, 3, 8, 8]);
  const truth = hostArray(data.map(Math.tanh), shape);
  const observation = await observe(problem, truth, { seed: 1, backend });
  const engine = samplerEngine({ backend, batchSize: 2 });
  const drawn = await method.create(prior, { ...method.initial, steps: 2 }, engine).sample(observation, {
    samples: 1,
    seed: 3,
  });
  await engine.dispose();
  return drawn;
}

describe("guided samplers of images in colour with a U-Net as their prior", () => {
  it.each(guidedMethods.map((method) => [method.name, method] as const))(
    "%s: alike on both engines",
    async (_, method) => {
      const [onnx, jax] = [await samplesOf(method, "onnx"), await samplesOf(method, "jax")];
      expect(onnx.shape).toEqual([2, 1, 3, 8, 8]);
      const largest = Math.max(...onnx.data.map(Math.abs));
      expect(largest).toBeGreaterThan(0.1);
      onnx.data.forEach((value, i) => expect(Math.abs(value - jax.data[i])).toBeLessThan(1e-3 * Math.max(1, largest)));
      // The channels are not copies of each other.
      const channel = (c: number) => onnx.data.slice(c * 64, (c + 1) * 64);
      expect(Math.max(...channel(0).map((value, i) => Math.abs(value - channel(1)[i])))).toBeGreaterThan(0.01);
    },
  );
});
