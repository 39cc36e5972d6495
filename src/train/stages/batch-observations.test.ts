import { describe, expect, it } from "vitest";
import { type HostArray, hostFull, type NDArray, randomSource } from "../../array/index.js";
import { compileTrees } from "../../compile/index.js";
import { InputError } from "../../errors.js";
import { mnistProblems, type Problem, observedCounts } from "../../operators/index.js";
import { bindProblems } from "../../checkpoint/index.js";
import { drawObservations, drawUpdateNoise, observeBatch } from "./batch-observations.js";
import { type HostBatch, type TracedBatch } from "../step.js";

const sampleShape = [1, 28, 28];
const size = 2;

/** Runs a traced function of two arrays and of batches. */
async function traced(
  fn: (x: NDArray, guess: NDArray, ...batches: TracedBatch[]) => Record<string, NDArray>,
  inputs: readonly unknown[],
): Promise<Record<string, HostArray>> {
  const compiled = await compileTrees(fn, inputs);
  const result = (await compiled.run(...inputs)) as Record<string, HostArray>;
  await compiled.dispose();
  return result;
}

/** Observes a batch and computes the negative log-likelihood of a guess. */
function observe(problems: Problem[], x: HostArray, guess: HostArray, drawn: HostBatch) {
  return traced(
    (data, other, inputs) => {
      const { negativeLogLikelihood, aty, problem } = observeBatch(problems, data, inputs);
      return { aty, problem, truth: negativeLogLikelihood(data), other: negativeLogLikelihood(other) };
    },
    [x, guess, drawn],
  );
}

describe("a batch of observations", () => {
  it("has a block for each problem, with its class, its A^T y and its likelihood", async () => {
    const problems = await bindProblems(mnistProblems, sampleShape);
    const random = randomSource(1, "blocks");
    const batch = [problems.length * size, ...sampleShape];
    const x = random.uniformArray(batch);
    const drawn = drawObservations(problems, size, sampleShape, random);
    const { aty, problem, truth, other } = await observe(problems, x, random.normalArray(batch), drawn);

    expect([...problem.data]).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    expect(aty.shape).toEqual(batch);
    problems.forEach(({ observation }, block) => {
      const { noise, parameters } = drawn[problems[block].name] as unknown as {
        noise: HostArray;
        parameters: Record<string, HostArray>;
      };
      const observed = observedCounts(observation.operator, size, sampleShape, parameters);
      for (let i = 0; i < size; i++) {
        // At the truth the residual is the noise: chi^2 / 2 with as many degrees of freedom as observed entries.
        const degrees = observed[i];
        const at = block * size + i;
        expect(Math.abs(2 * truth.data[at] - degrees)).toBeLessThan(6 * Math.sqrt(2 * degrees));
        expect(other.data[at]).toBeGreaterThan(truth.data[at]);
      }
      if (block === 0) {
        // Denoising: A^T y = x + sigma eps.
        for (let k = 0; k < size * 784; k++)
          expect(aty.data[k]).toBeCloseTo(x.data[k] + observation.sigma * noise.data[k], 5);
      }
    });
  });

  it("has the class that a configuration gives a problem of the library", async () => {
    const bind = async (own: object) =>
      (await bindProblems([{ name: "motion-blur", sigma: 0.1, ...own }], sampleShape))[0];
    expect((await bind({})).class).toBe(5);
    expect(await bind({ class: 0 })).toMatchObject({ class: 0, config: { name: "motion-blur", sigma: 0.1, class: 0 } });
  });

  it("of points observes the first coordinate", async () => {
    const problems = await bindProblems([{ name: "first-coordinate", sigma: 0.1 }], [2]);
    const drawn = drawObservations(problems, 1, [2], randomSource(2));
    const x: HostArray = { shape: [1, 2], data: Float32Array.from([1.5, -0.5]) };
    const guess: HostArray = { shape: [1, 2], data: Float32Array.from([1, 7]) };
    const noise = (drawn["first-coordinate"] as unknown as { noise: HostArray }).noise.data[0];
    const { aty, truth, other } = await observe(problems, x, guess, drawn);
    expect(aty.data[0]).toBeCloseTo(1.5 + 0.1 * noise, 6);
    expect(aty.data[1]).toBe(0);
    expect(truth.data[0]).toBeCloseTo(noise ** 2 / 2, 4);
    expect(other.data[0]).toBeCloseTo((0.5 + 0.1 * noise) ** 2 / (2 * 0.1 ** 2), 3);
  });

  it("updates the samples of the problems that have an update, each draw with its own noise", async () => {
    const problems = await bindProblems(
      [
        { name: "denoise", sigma: 0.5 },
        { name: "inpaint-box", sigma: 0.1 },
      ],
      [1, 8, 8],
    );
    const [pixels, draws, deviation] = [64, 2, 0.3];
    const updates = new Map([
      ["denoise", { temperature: 1, residual: { scales: hostFull([pixels], deviation), saturation: 0 } }],
    ]);
    const random = randomSource(4);
    const [x, samples] = [random.uniformArray([2 * size, 1, 8, 8]), random.uniformArray([draws * 2 * size, 1, 8, 8])];
    const drawn = drawObservations(problems, size, [1, 8, 8], random);
    const noise = drawUpdateNoise(problems, updates, { draws, size }, [1, 8, 8], random);
    expect(Object.keys(noise)).toEqual(["denoise"]);
    const result = await traced(
      (truth, given, inputs, fresh) => {
        const observations = observeBatch(problems, truth, inputs);
        return { aty: observations.aty, updated: observations.updated(given, draws, updates, fresh) };
      },
      [x, samples, drawn, noise],
    );
    const { residual, observation } = noise.denoise as unknown as Record<string, HostArray>;
    // A = I: x' = x + e + s^2 / (s^2 + sigma^2) (y + sigma eps - x - e), e = s w, pixel by pixel.
    const gain = deviation ** 2 / (deviation ** 2 + 0.5 ** 2);
    const block = size * pixels;
    for (let draw = 0; draw < draws; draw++) {
      const start = draw * 2 * block;
      for (let at = 0; at < block; at++) {
        const moved = samples.data[start + at] + deviation * residual.data[draw * block + at];
        const missed = result.aty.data[at] + 0.5 * observation.data[draw * block + at] - moved;
        expect(result.updated.data[start + at]).toBeCloseTo(moved + gain * missed, 4);
      }
      const other = ({ data }: HostArray) => data.slice(start + block, start + 2 * block);
      expect(other(result.updated)).toEqual(other(samples));
    }
  });

  it("cannot be of a problem that the data do not have", async () => {
    await expect(bindProblems([{ name: "deblur", sigma: 1 }], sampleShape)).rejects.toThrow(InputError);
    await expect(bindProblems([{ name: "denoise", sigma: 1 }], [2])).rejects.toThrow(/"denoise" for points/);
  });
});
