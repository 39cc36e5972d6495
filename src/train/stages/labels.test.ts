import { describe, expect, it } from "vitest";
import {
  add,
  concatenate,
  hostArray,
  type HostArray,
  mul,
  type NDArray,
  perSample,
  randomSource,
  sub,
  toFloat,
} from "../../array/index.js";
import { type FlowPoint, interpolate, type LabelledMeanVelocity, meanFlowLoss } from "../../flow/index.js";
import { relativeError } from "../../../test/support/compare.js";
import { evaluate } from "../../../test/support/evaluate.js";
import { type GuidanceConfig } from "./schema-entries.js";
import { drawLabels, flowConditions, withAllLabels } from "./labels.js";
import { type TracedBatch } from "../step.js";
import { type TaskContext } from "./task-context.js";

const classes = 3;
const count = 12;
const labels = Int32Array.from({ length: count }, (_, i) => i % classes);

/**
 * u = a (x + 3 - c) + t with label c, a x + t without: the difference that a label makes shows which network's a was
 * used.
 */
const network =
  (a: NDArray): LabelledMeanVelocity =>
  (x, _r, t, given) => {
    const shift = given === undefined ? mul(t, 0) : sub(classes, toFloat(given));
    return add(mul(add(x, perSample(shift, x)), a), perSample(t, x));
  };

const notAskedFor = (): never => {
  throw new Error("not asked for");
};
const context: TaskContext = {
  meanVelocity: (parameters) => network(parameters as NDArray),
  updates: new Map(),
  teacher: (parameters) => network(parameters as NDArray),
  noiseAdapter: notAskedFor,
  conditionalFlowMap: notAskedFor,
  problems: [],
  classes,
  samples: () => Promise.reject(new Error("not asked for")),
  labels: () => labels,
  random: (step) => randomSource(0, step),
};

const random = randomSource(3);
const [x, z] = [random.normalArray([count, 2]), random.normalArray([count, 2])];
const t = random.uniformArray([count]);
const all = hostArray(labels, [count]);
const kept = hostArray(
  labels.map((label, i) => (i % 4 === 0 ? classes : label)),
  [count],
);
const slopes = { trained: 0.5, average: 2, teacher: -1 };
const scalar = (value: number): HostArray => hostArray([value], []);

describe("labels of a training step", () => {
  it("are dropped with the given probability, into the row of no label", () => {
    const many = { ...context, labels: () => new Int32Array(10_000).fill(1) };
    const drawn = drawLabels({ labelDropout: 0.2 }, many, 0, randomSource(1));
    const left = (drawn.keptLabels as HostArray).data;
    expect(new Set(left)).toEqual(new Set([1, classes]));
    // 4 standard errors.
    expect(Math.abs(left.filter((label) => label === classes).length / 10_000 - 0.2)).toBeLessThan(0.016);
    expect((drawn.labels as HostArray).data).toEqual(new Int32Array(10_000).fill(1));
  });

  it("are none for a flow map without classes", () => {
    expect(drawLabels({ labelDropout: 0.5 }, { ...context, labels: () => undefined }, 0, random)).toEqual({});
  });

  it("reach the network for each of several draws of the batch, one after the other", async () => {
    const once = (point: NDArray, time: NDArray, given: NDArray, a: NDArray): NDArray =>
      withAllLabels(network(a), { labels: given })(point, time, time);
    const twice = (point: NDArray, time: NDArray, given: NDArray, a: NDArray): NDArray =>
      once(concatenate([point, point]), concatenate([time, time]), given, a);
    const args: [HostArray, HostArray, HostArray, HostArray] = [x, t, all, scalar(2)];
    const [one, two] = [await evaluate(once, args), await evaluate(twice, args)];
    expect([...two.data]).toEqual([...one.data, ...one.data]);
  });

  it("reach the observation term's network before any is dropped", async () => {
    const fn = (point: NDArray, time: NDArray, given: NDArray, a: NDArray): NDArray =>
      withAllLabels(network(a), { labels: given })(point, time, time);
    const u = await evaluate(fn, [x, t, all, scalar(2)]);
    u.data.forEach((value, i) => {
      const sample = i >> 1;
      expect(value).toBeCloseTo(2 * (x.data[i] + 3 - labels[sample]) + t.data[sample], 5);
    });
  });
});

describe("the velocity to learn", () => {
  const [low, high] = [0.3, 0.8];
  const omega = 1.5;
  const targets = (guidance: GuidanceConfig | undefined): Promise<HostArray> =>
    evaluate(
      (...[data, noise, time, given, trained, average, teacher]: NDArray[]) => {
        const batch: TracedBatch = { keptLabels: given };
        const networks = { flowMap: trained, teacher };
        const { targetVelocity } = flowConditions(
          { labelDropout: 0, guidance },
          context,
          networks,
          { flowMap: average },
          batch,
        );
        const v = sub(noise, data);
        const point: FlowPoint = { xt: interpolate(data, noise, time), t: time, v, labels: given };
        return targetVelocity === undefined ? v : targetVelocity(point);
      },
      [x, z, t, kept, scalar(slopes.trained), scalar(slopes.average), scalar(slopes.teacher)],
    );

  it("is the path's own without guidance", async () => {
    const v = hostArray(
      x.data.map((value, i) => z.data[i] - value),
      x.shape,
    );
    expect(relativeError(await targets(undefined), v)).toBeLessThan(1e-6);
  });

  it.each(["trained", "average", "teacher"] as const)(
    "has omega times the difference that the label makes to the %s network, in the interval, where the label is kept",
    async (by) => {
      const guided = await targets({ omega, interval: [low, high], by });
      const a = slopes[by];
      guided.data.forEach((value, i) => {
        const sample = i >> 1;
        const time = t.data[sample];
        const shift = classes - kept.data[sample];
        const xt = (1 - time) * x.data[i] + time * z.data[i];
        const v = by === "teacher" ? a * (xt + shift) + time : z.data[i] - x.data[i];
        const inside = time >= low && time <= high;
        expect(value).toBeCloseTo(v + (inside ? omega * a * shift : 0), 4);
      });
      expect(t.data.some((time) => time < low) && t.data.some((time) => time > low && time < high)).toBe(true);
    },
  );

  it("and the labels are cut with the batch, jumps and rest", async () => {
    const jumps = 2;
    const blocks = 2;
    const r = hostArray(
      t.data.map((late, i) => (i % 6 < jumps ? late / 3 : late)),
      [count],
    );
    const both = (options: { jumps: number; blocks?: number }): Promise<HostArray> =>
      evaluate(
        (...[data, noise, early, late, given, a]: NDArray[]) => {
          const guidance = { omega, interval: [low, high] as [number, number], by: "trained" as const };
          const networks = { flowMap: a };
          const conditions = flowConditions({ labelDropout: 0, guidance }, context, networks, networks, {
            keptLabels: given,
          });
          return meanFlowLoss(network(a), data, noise, early, late, { ...options, ...conditions });
        },
        [x, z, r, t, kept, scalar(0.7)],
      );
    expect(relativeError(await both({ jumps, blocks }), await both({ jumps: count }))).toBeLessThan(1e-5);
  });
});
