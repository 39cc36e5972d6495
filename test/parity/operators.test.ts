import { describe, expect, it } from "vitest";
import { hostArray, type HostArray, type NDArray } from "../../src/array/index.js";
import { axisMatrix } from "../../src/operators/axis-matrix.js";
import { gaussianKernel } from "../../src/operators/gaussian-blur.js";
import { bicubicReduction } from "../../src/operators/super-resolution.js";
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
} from "../../src/operators/index.js";
import { relativeError } from "../support/compare.js";
import { evaluate } from "../support/evaluate.js";
import { type Fixture, fixturesOf } from "../support/fixture.js";

interface PublishedOperators {
  resolution: number;
  sr_scales: number[];
  gaussian: { kernel_size: number; std: number };
  hdr_scale: number;
  phase: { oversample: number };
  motion: { kernel_size: number };
  box: { box_range: [number, number]; margin: number };
}

const tolerance = 5e-6;
const named = fixturesOf("operators").map((fixture): [string, Fixture] => [fixture.file, fixture]);

describe.each(named)("operators against the published ones: %s", (_, fixture) => {
  const config = fixture.config as unknown as PublishedOperators;
  const x = fixture.get("in.x");
  const [, ...image] = x.shape;

  describe.each(["onnx", "jax"] as const)("on %s", (backend) => {
    async function forward(operator: ForwardOperator, parameters: OperatorParameters = {}): Promise<HostArray> {
      const y = await evaluate(
        (x: NDArray, parameters: TracedParameters) => operator.forward(x, parameters),
        [x, parameters],
        backend,
      );
      expect(y.shape.slice(1)).toEqual(operator.observationShape(image));
      return y;
    }

    const transpose = (operator: ForwardOperator, y: HostArray): Promise<HostArray> =>
      evaluate((y: NDArray) => operator.transpose(y, {}, image), [y], backend);

    it.each(config.sr_scales)("super-resolution x%i and its nearest enlargement", async (factor) => {
      const operator = superResolution({ factor });
      const published = fixture.get(`out.sr${factor}`);
      expect(relativeError(await forward(operator), published)).toBeLessThan(tolerance);
      expect(await transpose(operator, published)).toEqual(fixture.get(`out.sr${factor}_transpose`));
    });

    it("Gaussian blur", async () => {
      const { std, kernel_size: taps } = config.gaussian;
      expect(relativeError(await forward(gaussianBlur({ std, taps })), fixture.get("out.gaussian"))).toBeLessThan(
        tolerance,
      );
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
      const area = image[1] * image[2];
      const kept = x.data.map((value, i) => (mask.data[i % area] === 1 ? value : 0));
      expect(relativeError(y, { shape: x.shape, data: kept })).toBe(0);
    });
  });

  it.each(config.sr_scales)("bicubic weights for a reduction by %i", (factor) => {
    const [weights, index] = ["weights", "index"].map((name) => fixture.get(`out.sr${factor}_${name}`));
    const [taps, outputs] = weights.shape;
    const published = axisMatrix(outputs, config.resolution, (row) =>
      Array.from({ length: taps }, (_, tap): [number, number] => [
        index.data[tap * outputs + row],
        weights.data[tap * outputs + row],
      ]),
    );
    expect(relativeError(bicubicReduction(config.resolution, factor), published)).toBeLessThan(tolerance);
  });

  it("the Gaussian kernel: the product of one kernel an axis", () => {
    const { std, kernel_size: taps } = config.gaussian;
    const kernel = gaussianKernel(std, taps);
    const plane = kernel.flatMap((row) => kernel.map((column) => row * column));
    expect(relativeError(hostArray(plane, [taps, taps]), fixture.get("out.gaussian_kernel"))).toBeLessThan(tolerance);
  });

  it("leaves no published number uncompared", () => expect(fixture.unread()).toEqual([]));
});
