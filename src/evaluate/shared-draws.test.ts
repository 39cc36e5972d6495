import { expect, it } from "vitest";
import { add, hostFull, mul, randomSource } from "../array/index.js";
import { imageProblem, observe } from "../operators/index.js";
import { modelWith, type ObservationUpdate, samplePosterior, type VariationalFlowMap } from "../vfm/index.js";
import { networkDraws, sharedDraws } from "./shared-draws.js";

const problem = imageProblem("denoise", { sigma: 0.2 });

/** f(z) = z, z ~ N(A^T y / 2, 0.3^2). */
const model: VariationalFlowMap = {
  sampleShape: [1, 8, 8],
  problems: [problem],
  parameters: { flowMap: {}, adapter: {} },
  meanVelocity: (_parameters, x) => mul(x, 0),
  adapter: (_parameters, aty) => ({ mean: mul(aty, 0.5), logSigma: add(mul(aty, 0), Math.log(0.3)) }),
};

const residual = { scales: hostFull([64], 0.1), saturation: 0 };
const updates: ObservationUpdate[] = [
  { temperature: 1 },
  { temperature: 1, residual },
  { temperature: 1.5, residual },
  { temperature: 1, residual: { ...residual, saturation: 1 } },
];

it("shared draws are those of samplePosterior with each update, also over several batches", async () => {
  const images = randomSource(1).uniformArray([9, 1, 8, 8]);
  const observation = await observe(problem, images, { seed: 2, backend: "jax" });
  const options = { samples: 10, seed: 3, backend: "jax" as const };
  const draw = sharedDraws(networkDraws(model), observation, options);
  for (const update of updates) {
    const given = modelWith(model, { updates: new Map([[problem.name, update]]) });
    const { samples } = await samplePosterior(given, observation, options);
    expect(await draw(update)).toEqual(samples);
  }
});
