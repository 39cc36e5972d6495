import { InferenceSession } from "onnxruntime-node";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { hostFull, randomSource } from "../array/index.js";
import { disposeCompiled } from "../compile/index.js";
import { adapterModel, flowMapModel } from "../models/index.js";
import { imageProblem, mnistProblems, observe, type Problem } from "../operators/index.js";
import { samplePosterior, samplePrior, type VariationalFlowMap } from "./index.js";

const shape = [1, 4, 4];
const images = randomSource(1).uniformArray([2, ...shape]);
const most = 32;

/** The six problems with this noise. */
const problemsOf = (sigma: number): Problem[] => mnistProblems.map(({ name }) => imageProblem(name, { sigma }));

/** A small model with an update for every problem; every call makes a new one. */
function smallModel(): VariationalFlowMap {
  const flowMap = flowMapModel({ model: "residual-mlp", shape, depth: 1, width: 4, embedding: 4 });
  const adapter = adapterModel({ model: "residual-mlp", shape, depth: 1, width: 4, embedding: 4, problems: 6 });
  const residual = { scales: hostFull([16], 0.1), saturation: 0 };
  return {
    sampleShape: shape,
    problems: problemsOf(0.1),
    parameters: { flowMap: flowMap.initialise(randomSource(1)), adapter: adapter.initialise(randomSource(2)) },
    meanVelocity: (parameters, ...inputs) => flowMap.apply(parameters, ...inputs),
    adapter: (parameters, ...inputs) => adapter.apply(parameters, ...inputs),
    updates: new Map(mnistProblems.map(({ name }) => [name, { temperature: 1, residual }])),
  };
}

// ONNX Runtime sessions that were created and not released.
const sessions = { made: 0, live: 0, mostLive: 0 };
beforeEach(() => {
  Object.assign(sessions, { made: 0, live: 0, mostLive: 0 });
  const create = InferenceSession.create.bind(InferenceSession) as (...args: unknown[]) => Promise<InferenceSession>;
  vi.spyOn(InferenceSession, "create").mockImplementation(async (...args: unknown[]) => {
    const session = await create(...args);
    sessions.made++;
    sessions.mostLive = Math.max(sessions.mostLive, ++sessions.live);
    const release = session.release.bind(session);
    session.release = async () => {
      sessions.live--;
      await release();
    };
    return session;
  });
});
afterEach(async () => {
  await disposeCompiled();
  vi.restoreAllMocks();
});

const engine = { threads: 1 } as const;

/** An observation of the images. */
const observed = (name: string, sigma: number) => observe(imageProblem(name, { sigma }), images, { seed: 3 });

describe("what samplers and observations have compiled", () => {
  it("is used again by value: for problems, copies of the model and settings that are equal", async () => {
    const model = smallModel();
    const draw = async (of: VariationalFlowMap, seed: number, sigma = 0.1) => {
      const observation = await observed("inpaint-random", sigma);
      const before = sessions.made;
      await samplePosterior({ ...of, problems: problemsOf(sigma) }, observation, { samples: 3, seed, ...engine });
      return sessions.made - before;
    };
    // One session for the networks, one for the update.
    expect(await draw(model, 0)).toBe(2);
    expect(await draw(model, 1)).toBe(0);
    expect(await draw({ ...model, updates: new Map(model.updates) }, 2)).toBe(0);
    expect(await draw(model, 3, 0.2)).toBe(1);
    // An update with a texture is another graph.
    const textured = { temperature: 1, residual: { scales: hostFull([16], 0.1), saturation: 0, texture: 1 } };
    expect(await draw({ ...model, updates: new Map([["inpaint-random", textured]]) }, 4)).toBe(1);
    // A second model of the same form has other parameters.
    expect(await draw(smallModel(), 5)).toBe(1);
  });

  it("makes observations of equal problems once", async () => {
    for (let call = 0; call < 3; call++) await observed("super-resolution", 0.1);
    expect(sessions.made).toBe(1);
    await observed("super-resolution", 0.2);
    expect(sessions.made).toBe(2);
  });

  it("is not shared by objects of a class, whose methods may depend on them", async () => {
    class Scaled implements VariationalFlowMap {
      readonly sampleShape = shape;
      readonly problems = [];
      constructor(
        private readonly network: VariationalFlowMap,
        readonly parameters: VariationalFlowMap["parameters"],
        private readonly twice: boolean,
      ) {}
      meanVelocity(...[parameters, x, r, t]: Parameters<VariationalFlowMap["meanVelocity"]>) {
        return this.network.meanVelocity(parameters, x, r, this.twice ? r : t);
      }
      adapter(...args: Parameters<VariationalFlowMap["adapter"]>) {
        return this.network.adapter(...args);
      }
    }
    const network = smallModel();
    const made = [false, true].map((twice) => new Scaled(network, network.parameters, twice));
    for (const model of made) await samplePrior(model, { samples: 2, seed: 0, ...engine });
    expect(sessions.made).toBe(2);
  });

  it("stays bounded over many mixed calls, and is freed on demand", async () => {
    const model = smallModel();
    const random = randomSource(5);
    const observations = [];
    for (const { name } of mnistProblems) observations.push(await observed(name, 0.1));
    for (let call = 0; call < 80; call++) {
      const sigma = 0.1 + random.integer(40) / 100;
      const drawn = observations[random.integer(6)];
      const observation = { ...drawn, problem: imageProblem(drawn.problem.name, { sigma }) };
      const options = { samples: 1 + random.integer(100), seed: call, steps: 1 + random.integer(2), ...engine };
      if (random.uniform() < 0.3) await samplePrior(random.uniform() < 0.5 ? model : smallModel(), options);
      else await samplePosterior({ ...model, problems: problemsOf(sigma) }, observation, options);
      expect(sessions.live).toBeLessThanOrEqual(most);
    }
    expect(sessions.made).toBeGreaterThan(3 * most);
    expect(sessions.live).toBe(most);
    expect(sessions.mostLive).toBe(most);
    await disposeCompiled();
    expect(sessions.live).toBe(0);
  });

  it("serves calls that run together, more than are kept, as it serves them one by one", async () => {
    const model = smallModel();
    const draw = (samples: number) => samplePrior(model, { samples, seed: samples, ...engine });
    const counts = Array.from({ length: most + 8 }, (_, i) => i + 1);
    const together = await Promise.all(counts.map(draw));
    expect(sessions.live).toBe(most);
    await disposeCompiled();
    for (const [i, samples] of counts.entries()) expect(await draw(samples)).toEqual(together[i]);
  });

  it("is made again where the first time failed", async () => {
    const model = smallModel();
    vi.mocked(InferenceSession.create).mockRejectedValueOnce(new Error("out of memory"));
    const options = { samples: 2, seed: 0, ...engine };
    await expect(samplePrior(model, options)).rejects.toThrow(/out of memory/);
    expect((await samplePrior(model, options)).samples.shape).toEqual([2, ...shape]);
  });

  it("is not freed while it runs", async () => {
    const model = smallModel();
    const observation = { transposed: images, problem: model.problems[0] };
    const options = { samples: 50, batchSize: 5, seed: 0, update: false, ...engine };
    const alone = await samplePosterior(model, observation, options);
    const running = samplePosterior(model, observation, options);
    await disposeCompiled();
    expect(await running).toEqual(alone);
    expect(sessions.live).toBe(0);
  });
});
