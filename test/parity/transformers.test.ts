import { describe, expect, it } from "vitest";
import {
  add,
  constant,
  gradient,
  type HostArray,
  jvp,
  mul,
  type NDArray,
  ones,
  randomSource,
  silu,
  sum,
} from "../../src/array/index.js";
import { applyDit } from "../../src/models/dit.js";
import { applyDmft, dmftLogVariance, type DmftParameters, initialiseDmft } from "../../src/models/dmft.js";
import { positionTable } from "../../src/models/position-table.js";
import {
  applyBlock,
  embedLabels,
  embedPatches,
  embedTime,
  initialiseTransformer,
  type TransformerConfig,
  type TransformerParameters,
} from "../../src/models/transformer.js";
import { relativeError } from "../support/compare.js";
import { evaluate } from "../support/evaluate.js";
import { type Fixture, fixturesOf, publishedWeights } from "../support/fixture.js";
import { expectGradients } from "../support/gradient-statistics.js";
import { ditConfigOf, dmftConfigOf, type PublishedTransformer } from "../support/published-models.js";

const random = randomSource(0);
const named = (kind: string) => fixturesOf(kind).map((fixture): [string, Fixture] => [fixture.file, fixture]);

function expectPublishedPositions({ get }: Fixture, { shape, patch, width }: TransformerConfig): void {
  const table = positionTable(shape[1] / patch, shape[2] / patch, width);
  expect(relativeError(table, get("w.pos_embed"))).toBeLessThan(1e-6);
}

describe.each(named("dmft"))("DMFT against the published network: %s", (_, fixture) => {
  const config = dmftConfigOf(fixture.config.model as PublishedTransformer);
  const parameters = publishedWeights(initialiseDmft(config, random), fixture, "w.");
  const [x, r, t, v, cotangent] = ["x", "r", "t", "v", "cotangent"].map((name) => fixture.get(`in.${name}`));
  const labels = fixture.integers("in.y");

  it("makes the published position table", () => expectPublishedPositions(fixture, config));

  it("computes what the published network does on its way", async () => {
    const steps = await evaluate(
      (weights: DmftParameters, x: NDArray, r: NDArray, t: NDArray, labels: NDArray) => {
        const patches = embedPatches(weights, x, config.patch);
        const [fromTime, toTime] = [embedTime(weights, t), embedTime(weights, r)];
        const label = embedLabels(weights, x.shape[0], labels);
        const side = config.shape.slice(1).map((length) => length / config.patch);
        let tokens = add(patches, constant(positionTable(side[0], side[1], config.width)));
        const blocks = weights.blocks.map((block, i) => {
          const condition = silu(add(i < config.encoderDepth ? fromTime : toTime, label));
          return (tokens = applyBlock(block, tokens, condition, config.heads));
        });
        return { patch_tokens: patches, t_embed: fromTime, r_embed: toTime, y_embed: label, blocks };
      },
      [parameters, x, r, t, labels],
    );
    const { blocks, ...embeddings } = steps;
    const computed: [string, HostArray][] = [
      ...Object.entries(embeddings),
      ...blocks.map((block, i): [string, HostArray] => [`block${i}`, block]),
    ];
    for (const [name, array] of computed)
      expect(relativeError(array, fixture.get(`out.dbg.${name}`)), name).toBeLessThan(1e-5);
  });

  it.each(["onnx", "jax"] as const)(
    "gives its mean velocity and the derivative along the path, on %s",
    async (engine) => {
      const result = await evaluate(
        (weights: DmftParameters, x: NDArray, r: NDArray, t: NDArray, v: NDArray, labels: NDArray) => {
          const u = (x: NDArray, t: NDArray): NDArray => applyDmft(config, weights, x, r, t, labels);
          const [value, derivative] = jvp(u, [x, t], [v, ones([t.shape[0]])]);
          return { value, derivative, ...(config.logVarianceHead ? { logvar: dmftLogVariance(weights, r, t) } : {}) };
        },
        [parameters, x, r, t, v, labels],
        engine,
      );
      expect(relativeError(result.value, fixture.get("out.u"))).toBeLessThan(1e-5);
      expect(relativeError(result.derivative, fixture.get("out.du_dt"))).toBeLessThan(2e-5);
      if (result.logvar !== undefined)
        expect(relativeError(result.logvar, fixture.get("out.logvar"))).toBeLessThan(1e-5);
    },
  );

  it("gives its gradients", async () => {
    type Inputs = { x: NDArray; r: NDArray; t: NDArray; weights: DmftParameters };
    const result = await evaluate(
      (inputs: Inputs, labels: NDArray, cotangent: NDArray) =>
        gradient(({ x, r, t, weights }: Inputs) => sum(mul(applyDmft(config, weights, x, r, t, labels), cotangent)))(
          inputs,
        ),
      [{ x, r, t, weights: parameters }, labels, cotangent],
    );
    for (const name of ["x", "r", "t"] as const)
      expect(relativeError(result[name], fixture.get(`out.grad.${name}`)), name).toBeLessThan(2e-5);
    expectGradients(fixture.under("out.gradstat."), result.weights, parameters);
  });

  it("leaves no published number uncompared", () => expect(fixture.unread()).toEqual([]));
});

describe.each(named("sit"))("SiT against the published network: %s", (_, fixture) => {
  const config = ditConfigOf(fixture.config.model as PublishedTransformer);
  const parameters = publishedWeights(initialiseTransformer(config, random), fixture, "w.");
  const [x, t, cotangent] = ["x", "t", "cotangent"].map((name) => fixture.get(`in.${name}`));
  const labels = fixture.integers("in.y");

  it("makes the published position table", () => expectPublishedPositions(fixture, config));

  it("gives its velocity and gradients", async () => {
    type Inputs = { x: NDArray; weights: TransformerParameters };
    const result = await evaluate(
      (inputs: Inputs, t: NDArray, labels: NDArray, cotangent: NDArray) => {
        const velocity = ({ x, weights }: Inputs): NDArray => applyDit(config, weights, x, t, labels);
        const objective = (inputs: Inputs): NDArray => sum(mul(velocity(inputs), cotangent));
        return { value: velocity(inputs), ...gradient(objective)(inputs) };
      },
      [{ x, weights: parameters }, t, labels, cotangent],
    );
    expect(relativeError(result.value, fixture.get("out.v"))).toBeLessThan(1e-5);
    expect(relativeError(result.x, fixture.get("out.grad.x"))).toBeLessThan(2e-5);
    expectGradients(fixture.under("out.gradstat."), result.weights, parameters);
  });

  it("leaves no published number uncompared", () => expect(fixture.unread()).toEqual([]));
});
