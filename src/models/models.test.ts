import { describe, expect, it } from "vitest";
import {
  hostArray,
  type HostArray,
  jvp,
  mapHostTree,
  namedLeaves,
  type NDArray,
  randomSource,
  type RandomSource,
  type Tree,
} from "../array/index.js";
import { compileTrees } from "../compile/index.js";
import { dit, dmft } from "./networks.js";
import { adapterModel, adapterModels, conditionalModel, flowMapModel, flowMapModels } from "./registry.js";

const image = [2, 8, 8];
const unet = { model: "unet", shape: image, channels: 8, groups: 4, multipliers: [1, 2], embedding: 8 };
const transformer = { shape: image, patch: 4, depth: 3, width: 8, heads: 2 };
const flowMaps: (typeof unet | Record<string, unknown>)[] = [
  { model: "mlp", shape: [2], depth: 2, width: 16 },
  { model: "residual-mlp", shape: image, depth: 2, width: 16, embedding: 8 },
  { ...unet, predict: "velocity" },
  { ...unet, patch: 2, bottleneck: "mixer" },
  { ...unet, shape: [1, 12, 8], blocks: 2, bottleneck: "dense" },
  { ...unet, shape: [1, 7, 9] },
  { ...unet, shape: [1, 9, 8], patch: 2, bottleneck: "dense" },
  { model: "mixer", shape: image, depth: 2, width: 8, embedding: 8 },
  { model: "dit", ...transformer, sigmaHead: true },
  { model: "dmft", ...transformer, classes: 3, queryKeyNorm: true },
];
const encoder = { model: "adapter-unet", channels: 4, multipliers: [1, 2], blocks: 2, embedding: 8, problems: 3 };
const adapters: Record<string, unknown>[] = [
  { model: "mlp", observationShape: [1], shape: [2], depth: 2, width: 8, problems: 3 },
  { model: "residual-mlp", shape: image, depth: 2, width: 16, embedding: 8, problems: 3 },
  { ...unet, problems: 3 },
  { ...encoder, observationShape: [1, 8, 8], shape: [2, 4, 4] },
  { ...encoder, observationShape: image, shape: image },
];

const conditionals: Record<string, unknown>[] = [
  { model: "residual-mlp", shape: image, depth: 2, width: 16, embedding: 8, problems: 3 },
  { ...unet, problems: 3 },
];

/** Runs a traced function of parameters and arrays once. */
async function evaluate<Out>(
  fn: (parameters: Tree<NDArray>, ...inputs: NDArray[]) => Out,
  parameters: Tree<HostArray>,
  ...inputs: HostArray[]
): Promise<Record<keyof Out, HostArray>> {
  const compiled = await compileTrees(fn, [parameters, ...inputs], { backend: "jax" });
  try {
    return (await compiled.run(parameters, ...inputs)) as Record<keyof Out, HostArray>;
  } finally {
    await compiled.dispose();
  }
}

// Moves the parameters away from the initial ones, where zero layers hide what comes before them.
function shaken(parameters: Tree<HostArray>, random: RandomSource): Tree<HostArray> {
  return mapHostTree(parameters, ({ shape, data }) => {
    const noise = random.normalArray(shape).data;
    return hostArray(
      Float32Array.from(data, (value, i) => value + 0.15 * noise[i]),
      shape,
    );
  });
}

const along = (a: HostArray, scale: number, b: HostArray): HostArray =>
  hostArray(
    Float32Array.from(a.data, (value, i) => value + scale * b.data[i]),
    a.shape,
  );

const largest = (data: ArrayLike<number>): number => Math.max(...Array.from(data, Math.abs));
const title = (config: Record<string, unknown>): string => JSON.stringify(config);

describe.each(flowMaps.map((config) => ({ name: title(config), config })))("flow map $name", ({ config }) => {
  const model = flowMapModel(config);
  const random = randomSource(11, "flow map", title(config));
  const x = random.normalArray([3, ...model.config.shape]);
  const r = hostArray([0, 0.2, 0.6], [3]);
  const t = hostArray([1, 0.5, 0.6], [3]);

  it("has a derivative that agrees with central differences", async () => {
    const parameters = shaken(model.initialise(random), random);
    const direction = random.normalArray(x.shape);
    const ofTime = hostArray([-0.7, 1, 0.4], [3]);
    const step = 0.01;
    const moved = [step, -step].flatMap((s) => [along(x, s, direction), along(t, s, ofTime)]);
    const result = await evaluate(
      (parameters, x, r, t, direction, ofTime, ...[xAfter, tAfter, xBefore, tBefore]) => {
        const u = (x: NDArray, t: NDArray): NDArray => model.apply(parameters, x, r, t);
        const [value, derivative] = jvp(u, [x, t], [direction, ofTime]);
        return { value, derivative, after: u(xAfter, tAfter), before: u(xBefore, tBefore) };
      },
      parameters,
      ...[x, r, t, direction, ofTime, ...moved],
    );
    expect(result.value.shape).toEqual(x.shape);
    const differences = result.after.data.map((after, i) => (after - result.before.data[i]) / (2 * step));
    const error = largest(differences.map((difference, i) => difference - result.derivative.data[i]));
    expect(largest(differences)).toBeGreaterThan(0.05);
    expect(error / largest(differences)).toBeLessThan(5e-3);
  });

  it("depends on r only if it is a flow map, and is drawn from its seed", async () => {
    const parameters = shaken(model.initialise(random), random);
    const result = await evaluate(
      (parameters, x, r, t) => ({ there: model.apply(parameters, x, r, t), here: model.apply(parameters, x, t, t) }),
      parameters,
      ...[x, r, t],
    );
    const change = largest(result.there.data.map((value, i) => value - result.here.data[i]));
    if (model.config.model === "dit") expect(change).toBe(0);
    else expect(change).toBeGreaterThan(1e-3);
    const names = namedLeaves(model.initialise(randomSource(1)));
    expect(namedLeaves(model.initialise(randomSource(1)))).toEqual(names);
  });
});

describe("a network with the data at time 1", () => {
  it("is run backwards in time", async () => {
    const config = { model: "dmft", ...transformer };
    const [here, there] = [0, 1].map((dataAtTime) => flowMapModel({ ...config, dataAtTime }));
    const random = randomSource(8);
    const result = await evaluate(
      (parameters, x, r, t, rThere, tThere) => ({
        here: here.apply(parameters, x, r, t),
        there: there.apply(parameters, x, rThere, tThere),
      }),
      shaken(here.initialise(random), random),
      random.normalArray([2, ...image]),
      ...[0.25, 0.75, 0.75, 0.25].map((time) => hostArray([time, time], [2])),
    );
    expect(largest(result.here.data)).toBeGreaterThan(0.1);
    expect(result.there.data).toEqual(result.here.data.map((value) => -value));
  });
});

describe("first parameters", () => {
  it.each(flowMaps.filter(({ model }) => model !== "mlp").map((config) => [title(config), config]))(
    "of the flow map %s predict 0",
    async (_name, config) => {
      const model = flowMapModel(config);
      const random = randomSource(2);
      const x = random.normalArray([2, ...model.config.shape]);
      const [r, t] = [hostArray([0, 0.01], [2]), hostArray([0.5, 0.02], [2])];
      const { u } = await evaluate(
        (parameters, x, r, t) => ({ u: model.apply(parameters, x, r, t) }),
        model.initialise(random),
        ...[x, r, t],
      );
      const predictsData = "predict" in model.config && model.config.predict === "data";
      const half = x.data.length / 2;
      const expected = x.data.map((value, i) => (predictsData ? value / (i < half ? 0.5 : 0.05) : 0));
      expect(largest(u.data.map((value, i) => value - expected[i]))).toBeLessThan(1e-5 * largest(expected) + 1e-7);
    },
  );

  it.each(adapters.map((config) => [title(config), config]))(
    "of the adapter %s give N(0, I)",
    async (_name, config) => {
      const model = adapterModel(config);
      const random = randomSource(2);
      const aty = random.normalArray([3, ...observationShape(model.config)]);
      const result = await evaluate(
        (parameters, aty, problem) => model.apply(parameters, aty, problem),
        model.initialise(random),
        aty,
        hostArray(new Int32Array([0, 1, 2]), [3]),
      );
      for (const array of [result.mean, result.logSigma]) {
        expect(array.shape).toEqual([3, ...model.config.shape]);
        expect(largest(array.data)).toBeLessThan(model.config.model === "mlp" ? 0.1 : 1e-7);
      }
    },
  );
});

describe("adapters", () => {
  it.each(adapters.map((config) => [title(config), config]))("%s: see the problem", async (_name, config) => {
    const model = adapterModel(config);
    const random = randomSource(4);
    const one = random.normalArray([1, ...observationShape(model.config)]);
    const aty = hostArray(Float32Array.from([...one.data, ...one.data]), [2, ...one.shape.slice(1)]);
    const result = await evaluate(
      (parameters, aty, problem) => model.apply(parameters, aty, problem),
      shaken(model.initialise(random), random),
      aty,
      hostArray(new Int32Array([0, 2]), [2]),
    );
    for (const { data } of [result.mean, result.logSigma]) {
      const half = data.length / 2;
      expect(largest(data.slice(0, half).map((value, i) => value - data[half + i]))).toBeGreaterThan(1e-3);
    }
  });

  it.each([
    [{ ...adapters[0], shape: [8] }, -6, 3],
    [adapters[1], -5, 1],
  ])("limit log sigma (%o)", async (config, low, high) => {
    const model = adapterModel(config);
    const random = randomSource(4);
    const grown = mapHostTree(model.initialise(random), ({ shape }, name) => {
      const { data } = random.normalArray(shape);
      return hostArray(name.startsWith("logSigma") || name.includes("output") ? data.map((v) => v * 100) : data, shape);
    });
    const { logSigma } = await evaluate(
      (parameters, aty, problem) => model.apply(parameters, aty, problem),
      grown,
      random.normalArray([8, ...observationShape(model.config)]),
      hostArray(new Int32Array(8), [8]),
    );
    expect(Math.min(...logSigma.data)).toBe(low);
    expect(Math.max(...logSigma.data)).toBe(high);
  });
});

describe.each(conditionals.map((config) => ({ name: title(config), config })))(
  "conditional flow map $name",
  ({ config }) => {
    const model = conditionalModel(config);
    const random = randomSource(12, "conditional", title(config));
    const [x, aty] = [random.normalArray([3, ...image]), random.normalArray([3, ...image])];
    const [r, t] = [hostArray([0, 0.2, 0.6], [3]), hostArray([1, 0.5, 0.6], [3])];
    const problem = hostArray(new Int32Array([0, 1, 2]), [3]);
    const apply = (parameters: Tree<NDArray>, ...inputs: NDArray[]): NDArray => {
      const [x, r, t, aty, problem] = inputs;
      return model.apply(parameters, x, r, t, aty, problem);
    };

    it("has a derivative by x and t that agrees with central differences", async () => {
      const parameters = shaken(model.initialise(random), random);
      const [direction, ofTime] = [random.normalArray(x.shape), hostArray([-0.7, 1, 0.4], [3])];
      const step = 0.01;
      const result = await evaluate(
        (parameters, x, r, t, aty, problem, direction, ofTime, ...[xAfter, tAfter, xBefore, tBefore]) => {
          const u = (x: NDArray, t: NDArray): NDArray => apply(parameters, x, r, t, aty, problem);
          const [value, derivative] = jvp(u, [x, t], [direction, ofTime]);
          return { value, derivative, after: u(xAfter, tAfter), before: u(xBefore, tBefore) };
        },
        parameters,
        ...[x, r, t, aty, problem, direction, ofTime],
        ...[step, -step].flatMap((s) => [along(x, s, direction), along(t, s, ofTime)]),
      );
      expect(result.value.shape).toEqual(x.shape);
      const differences = result.after.data.map((after, i) => (after - result.before.data[i]) / (2 * step));
      const error = largest(differences.map((difference, i) => difference - result.derivative.data[i]));
      expect(largest(differences)).toBeGreaterThan(0.05);
      expect(error / largest(differences)).toBeLessThan(5e-3);
    });

    it("sees the noise, both times, A^T y and the problem", async () => {
      const changed = [x, r, t, aty, problem].map(({ shape, data }) =>
        hostArray(
          data.map((value) => (data instanceof Int32Array ? (value + 1) % 3 : value / 2)),
          shape,
        ),
      );
      const result = await evaluate(
        (parameters, ...inputs) => {
          const [given, others] = [inputs.slice(0, 5), inputs.slice(5)];
          const withOther = (i: number): NDArray =>
            apply(parameters, ...given.map((array, j) => (i === j ? others[j] : array)));
          return { given: apply(parameters, ...given), ...Object.fromEntries(given.map((_, i) => [i, withOther(i)])) };
        },
        shaken(model.initialise(random), random),
        ...[x, r, t, aty, problem, ...changed],
      );
      const { given, ...others } = result as Record<string, HostArray>;
      expect(Object.keys(others)).toHaveLength(5);
      for (const { data } of Object.values(others))
        expect(largest(data.map((value, i) => value - given.data[i]))).toBeGreaterThan(1e-3);
    });

    it("predicts 0 for the data at first", async () => {
      const { u } = await evaluate(
        (parameters, ...inputs) => ({ u: apply(parameters, ...inputs) }),
        model.initialise(random),
        ...[x, r, t, aty, problem],
      );
      const size = x.data.length / 3;
      expect(largest(u.data.map((value, i) => value - x.data[i] / t.data[Math.floor(i / size)]))).toBeLessThan(1e-5);
    });
  },
);

describe("configurations", () => {
  it("name a known model", () => {
    expect(() => flowMapModel({ model: "unett" })).toThrow(/"unett": use one of mlp, residual-mlp, unet/);
    expect(() => adapterModel({ shape: [2] })).toThrow(/adapter's "model"/);
    expect(() => flowMapModel(undefined)).toThrow(/flow map's "model"/);
    expect(Object.keys(flowMapModels)).toContain("dmft");
    expect(Object.keys(adapterModels)).toContain("adapter-unet");
  });

  it.each([
    [{ model: "mlp", shape: [2], depht: 3 }, /depht/],
    [{ ...unet, groups: 3 }, / groups: /],
    [{ model: "mixer", shape: image, patch: 3 }, / patch: /],
    [{ model: "dit", ...transformer, heads: 3 }, / heads: /],
    [{ model: "dit", shape: image, size: "Q/2" }, / size: /],
    [{ model: "dmft", ...transformer, encoderDepth: 4 }, / encoderDepth: /],
  ])("are checked: %o", (config, message) => {
    expect(() => flowMapModel(config)).toThrow(message);
  });

  it("of an encoder shrink an image by halves", () => {
    const config = { ...encoder, observationShape: [1, 8, 8] };
    expect(() => adapterModel({ ...config, shape: [1, 3, 3] })).toThrow(/ shape: /);
    expect(() => adapterModel({ ...config, shape: [1, 4, 8] })).toThrow(/ shape: /);
    expect(() => adapterModel({ ...config, shape: [1, 1, 1] })).toThrow(/ shape: /);
  });

  it("fill in a published size", () => {
    const { config } = flowMapModel({ model: "dmft", shape: [4, 32, 32], size: "B/2", classes: 1000 });
    expect(config).toMatchObject({ patch: 2, depth: 12, width: 768, heads: 12, encoderDepth: 8 });
    const adapter = { model: "adapter-unet", observationShape: [3, 256, 256], shape: [4, 32, 32], size: "base" };
    expect(adapterModel({ ...adapter, blocks: 4 }).config).toMatchObject({ channels: 64, blocks: 4, embedding: 256 });
  });
});

function observationShape(config: { shape: readonly number[] }): readonly number[] {
  return "observationShape" in config ? (config.observationShape as number[]) : config.shape;
}

it("a setting that is undefined counts as left out", () => {
  const own = { shape: image, patch: 4, depth: 3, width: 8, heads: 2 };
  expect(dmft({ ...own, encoderDepth: undefined }).config).toEqual(dmft(own).config);
  const named = { shape: [4, 32, 32] as const, size: "S/2" as const };
  expect(dit({ ...named, width: undefined }).config).toEqual(dit(named).config);
});
