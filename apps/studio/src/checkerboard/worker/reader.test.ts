import { expect, it } from "vitest";
import { randomSource } from "variational-flow-maps";
import { boardAdapter, boardFlowMap } from "./networks.js";
import { openReader } from "./reader.js";

it("reads the noise of a model with an adapter as q(z | y), of one without as N(0, I)", async () => {
  const [network, ofNoise] = [boardFlowMap(8), boardAdapter()];
  const reader = await openReader(network, ofNoise);
  const [flowMap, adapter] = [network.initialise(randomSource(1)), ofNoise.initialise(randomSource(2))];
  expect((await reader.posterior({ flowMap }, 0.5)).noise).toEqual({
    mean: [0, 0],
    deviation: [1, 1],
    adapted: false,
  });
  expect((await reader.posterior({ flowMap, adapter }, 0.5)).noise.adapted).toBe(true);
  await reader.dispose();
});
