import { describe, expect, it } from "vitest";
import { type HostArray, type NDArray } from "../src/array/index.js";
import { compile } from "../src/compile/index.js";
import { imageShapeOf } from "../src/data/index.js";
import {
  boxInpainting,
  type ForwardOperator,
  gaussianBlur,
  highDynamicRange,
  motionBlur,
  type OperatorParameters,
  phaseRetrieval,
  randomInpainting,
  superResolution,
  type TracedParameters,
} from "../src/operators/index.js";
import { relativeError } from "./support/compare.js";
import { readFixture } from "./support/fixture.js";

interface PublishedOperators {
  resolution: number;
  sr_scales: number[];
  gaussian: { kernel_size: number; std: number };
  hdr_scale: number;
  phase: { oversample: number; pad: number };
  motion: { kernel_size: number; intensity: number };
  box: { box_range: [number, number]; margin: number };
}

const fixture = readFixture("operators");
const config = fixture.config as unknown as PublishedOperators;
const x = fixture.get("in.x");
const image = imageShapeOf(x);
const tolerance = 5e-6;

describe.each(["onnx", "jax"] as const)("operators against the published ones, on %s", (backend) => {
  async function forward(operator: ForwardOperator, parameters: OperatorParameters = {}): Promise<HostArray> {
    const compiled = await compile(
      (x: NDArray, parameters: TracedParameters) => operator.forward(x, parameters),
      [x, parameters],
      { backend },
    );
    const y = await compiled.run(x, parameters);
    await compiled.dispose();
    expect(y.shape.slice(1)).toEqual(operator.observationShape(image));
    return y;
  }

  async function transpose(operator: ForwardOperator, y: HostArray): Promise<HostArray> {
    const compiled = await compile((y: NDArray) => operator.transpose(y, {}, image), [y], { backend });
    const result = await compiled.run(y);
    await compiled.dispose();
    return result;
  }

  it.each(config.sr_scales)("super-resolution x%i and its nearest enlargement", async (factor) => {
    const operator = superResolution({ factor });
    const published = fixture.get(`out.sr${factor}`);
    expect(relativeError(await forward(operator), published)).toBeLessThan(tolerance);
    expect(await transpose(operator, published)).toEqual(fixture.get(`out.sr${factor}_transpose`));
  });

  it("Gaussian blur", async () => {
    const y = await forward(gaussianBlur({ std: config.gaussian.std }));
    expect(relativeError(y, fixture.get("out.gaussian"))).toBeLessThan(tolerance);
  });

  it("motion blur with the published kernel", async () => {
    const { shape, data } = fixture.get("in.motion_kernel");
    const kernel = { shape: [1, ...shape], data };
    const y = await forward(motionBlur({ taps: config.motion.kernel_size }), { kernel });
    expect(relativeError(y, fixture.get("out.motion"))).toBeLessThan(tolerance);
  });

  it("high dynamic range", async () => {
    const y = await forward(highDynamicRange({ scale: config.hdr_scale }));
    expect(relativeError(y, fixture.get("out.hdr"))).toBeLessThan(tolerance);
  });

  it("phase retrieval and its transform with zero phases", async () => {
    const operator = phaseRetrieval({ oversample: config.phase.oversample });
    const published = fixture.get("out.phase_amplitude");
    expect(relativeError(await forward(operator), published)).toBeLessThan(tolerance);
    expect(relativeError(await transpose(operator, published), fixture.get("out.phase_transpose"))).toBeLessThan(
      tolerance,
    );
  });

  it.each([
    ["random_mask", randomInpainting()],
    ["box_mask", boxInpainting({ sides: config.box.box_range, margin: config.box.margin })],
  ])("inpainting with the published %s", async (name, operator) => {
    const mask = fixture.get(`in.${name}`);
    const y = await forward(operator, { mask });
    const area = image.height * image.width;
    const kept = x.data.map((value, i) => (mask.data[i % area] === 1 ? value : 0));
    expect(relativeError(y, { shape: x.shape, data: kept })).toBe(0);
  });
});
