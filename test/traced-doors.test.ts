import { describe, expect, it } from "vitest";
import { type HostArray, hostArray, hostFull, mul, type NDArray, randomSource, sum } from "../src/public/array.js";
import { InputError } from "../src/public/index.js";
import * as flow from "../src/public/flow.js";
import * as models from "../src/public/models.js";
import * as nn from "../src/public/nn.js";
import * as vfm from "../src/public/vfm.js";
import { traced } from "./fuzz/traced.js";

// Arguments that would broadcast, and settings that would be passed over, end in one line where a function is traced.

const array = (...shape: number[]): HostArray => hostFull(shape, 0.5);
const u = (x: NDArray): NDArray => mul(x, 0.5);
const weights = { weight: array(3, 2), bias: array(3) };
const classes = hostArray(Int32Array.of(0, 1), [2]);
const q = { mean: array(2, 3), logSigma: array(2, 3) };
const networks = {
  meanVelocity: u,
  observationMeanVelocity: u,
  adapter: (aty: NDArray) => ({ mean: aty, logSigma: mul(aty, 0) }),
};
const batch = { x: array(2, 3), aty: array(2, 3), problem: classes, eps: array(2, 3) };
const settings = { reduction: "mean", observationWeight: 1, klWeight: 1, observationSteps: 1 };
const misfit = (x: NDArray): NDArray => sum(x, 1);
const network = models.residualMlp({ shape: [1, 4, 4], width: 4, depth: 1, embedding: 4 });
const parameters = network.initialise(randomSource(1));

const cases: readonly (readonly [line: RegExp, fn: unknown, ...args: unknown[]])[] = [
  [/linear: bias is \[1\], it has to be \[3\]/, nn.linear, { ...weights, bias: array(1) }, array(4, 2)],
  [/linear: x is \[4, 3\]/, nn.linear, weights, array(4, 3)],
  [/attention: D is 4, it has to be a multiple of heads, 3/, nn.attention, { qkv: {}, proj: {} }, array(2, 3, 4), 3],
  [/groupNorm: C is 4, .* groups, 3/, nn.groupNorm, { weight: array(4), bias: array(4) }, array(1, 4, 2, 2), 3],
  [/modulate: scale is \[1, 4\]/, nn.modulate, array(2, 3, 4), array(2, 4), array(1, 4)],
  [/perToken works on arrays .* like was given/, (value: NDArray) => nn.perToken(value, null as never), array(2, 4)],
  [/patchify: H is 5, .* patch, 2/, nn.patchify, array(1, 1, 5, 4), 2],
  [/timeFeatures: size is 3, .* even/, nn.timeFeatures, array(2), 3],
  [
    /convolution: there is no option "pading"/,
    nn.convolution,
    { weight: array(1, 1, 3, 3), bias: array(1) },
    array(1, 1, 4, 4),
    { pading: 1 },
  ],
  [/interpolate: z is \[1, 3\]/, flow.interpolate, array(2, 3), array(1, 3), array(2)],
  [/flowMatchingLoss: t is \[1\]/, flow.flowMatchingLoss, u, array(2, 3), array(2, 3), array(1)],
  [/flowMatchingLoss: reduction is "total"/, flow.flowMatchingLoss, u, array(2, 3), array(2, 3), array(2), "total"],
  [
    /the result of meanVelocity is \[\], it has to be \[2, 3\]/,
    flow.flowMatchingLoss,
    (x: NDArray) => sum(x),
    array(2, 3),
    array(2, 3),
    array(2),
  ],
  [
    /meanFlowLoss: 3 jumps .* block of 2/,
    flow.meanFlowLoss,
    u,
    array(2, 3),
    array(2, 3),
    array(2),
    array(2),
    { jumps: 3 },
  ],
  [/sampleFlowMap: there is no option "shfit"/, flow.sampleFlowMap, u, array(2, 3), 1, { shfit: 2 }],
  [/sampleGamma: noises\[0\] is \[1, 3\]/, flow.sampleGamma, u, array(2, 3), [array(1, 3)], 0.5],
  [/adaptiveFactor: give offset/, flow.adaptiveFactor, array(2), { power: 1 }],
  [/klToStandardNormal: logSigma is \[2, 1\]/, vfm.klToStandardNormal, { ...q, logSigma: array(2, 1) }, "sum"],
  [/logDensity: z is \[1, 3\]/, vfm.logDensity, q, array(1, 3)],
  [
    /posteriorSample: networks.adapter is 7/,
    vfm.posteriorSample,
    { ...networks, adapter: 7 },
    array(2, 3),
    classes,
    array(2, 3),
  ],
  [
    /klWeight is NaN/,
    (...args: Parameters<typeof vfm.adapterObjective>) => vfm.adapterObjective(...args)[0],
    networks,
    batch,
    misfit,
    { ...settings, klWeight: NaN },
  ],
  [
    /the result of negativeLogLikelihood is \[2, 3\]/,
    (...args: Parameters<typeof vfm.adapterObjective>) => vfm.adapterObjective(...args)[0],
    networks,
    batch,
    u,
    settings,
  ],
  [/"residual-mlp": r is \[1\]/, network.apply, parameters, array(2, 1, 4, 4), array(1), array(2)],
  [
    /"residual-mlp": the parameters\.[\w.]+ .*/,
    network.apply,
    Object.assign({}, parameters, { blocks: {} }),
    array(2, 1, 4, 4),
    array(2),
    array(2),
  ],
];

describe("a function of traced arrays", () => {
  it.each(cases)("%s", async (...given) => {
    const [line, fn, ...args] = given as unknown as [RegExp, unknown, ...unknown[]];
    const call = traced(fn as (...args: never[]) => unknown) as (...args: unknown[]) => Promise<HostArray>;
    const error = await call(...args).then(
      () => undefined,
      (failed: unknown) => failed,
    );
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(line);
  });
});
