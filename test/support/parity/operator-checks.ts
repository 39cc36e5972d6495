import { hostArray, type HostArray, type NDArray } from "../../../src/array/index.js";
import { type Backend } from "../../../src/compile/index.js";
import { axisMatrix } from "../../../src/operators/axis-matrix.js";
import { gaussianKernel } from "../../../src/operators/gaussian-blur.js";
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
} from "../../../src/operators/index.js";
import { bicubicReduction } from "../../../src/operators/super-resolution.js";
import { evaluate } from "../evaluate.js";
import { type Check, requireSame } from "./check.js";
import { type Fixture } from "./fixture.js";

interface PublishedOperators {
  resolution: number;
  gaussian?: { kernel_size: number; std: number };
  hdr_scale?: number;
  phase?: { oversample: number };
}

const tolerance = 5e-6;

/** A published operator of ours, by the name of its measurement in the file. */
interface Recorded {
  name: string;
  operator: ForwardOperator;
  parameters?: OperatorParameters;
  /** The name of A^T of the measurement, if it is not `${name}_transpose`. */
  transposed?: string;
}

/** Kind "operators": every operator that the file has a measurement of, with its transpose and its kernels. */
export function operatorChecks(fixture: Fixture): Check[] {
  const config = fixture.config as unknown as PublishedOperators;
  const x = fixture.get("in.x");
  const image = x.shape.slice(1);
  const { gaussian, hdr_scale: scale, phase } = config;
  const factors = fixture.names("out.sr").flatMap((name) => /^out\.sr(\d+)$/.exec(name)?.[1] ?? []);
  const recorded: Recorded[] = factors.map((factor) => ({
    name: `sr${factor}`,
    operator: superResolution({ factor: Number(factor) }),
  }));
  if (gaussian !== undefined) {
    const operator = gaussianBlur({ std: gaussian.std, taps: gaussian.kernel_size });
    recorded.push({ name: "gaussian", operator });
  }
  recorded.push({ name: "hdr", operator: highDynamicRange({ scale }) });
  const phases = phaseRetrieval({ oversample: phase?.oversample });
  recorded.push({ name: "phase_amplitude", operator: phases, transposed: "phase_transpose" });
  if (fixture.has("in.motion_kernel")) {
    const { shape, data } = fixture.get("in.motion_kernel");
    const kernel = { shape: [1, ...shape.slice(-2)], data };
    recorded.push({ name: "motion", operator: motionBlur({ taps: shape[shape.length - 1] }), parameters: { kernel } });
  }
  for (const [name, inpainting] of [
    ["random", randomInpainting({ holes: "noise" })],
    ["box", boxInpainting({ holes: "noise" })],
  ] as const)
    if (fixture.has(`in.${name}_mask`))
      for (const ending of ["", "_inpaint", "_inpainting", "_masked", "_measurement"])
        recorded.push({
          name: `${name}${ending}`,
          operator: inpainting,
          parameters: { mask: fixture.get(`in.${name}_mask`) },
        });

  const engines: readonly Backend[] = ["onnx", "jax"];
  return [
    ...engines.flatMap((engine) => recorded.flatMap((one) => measurementChecks(fixture, x, image, one, engine))),
    ...["random", "box"].flatMap((name) => maskChecks(fixture, x, name)),
    ...factors.flatMap((factor) => weightChecks(fixture, config.resolution, Number(factor))),
    ...(gaussian === undefined ? [] : kernelChecks(fixture, gaussian)),
  ];
}

function measurementChecks(
  fixture: Fixture,
  x: HostArray,
  image: number[],
  { name, operator, parameters = {}, transposed = `${name}_transpose` }: Recorded,
  engine: Backend,
): Check[] {
  const [whole, wholeTransposed] = [`out.${name}`, `out.${transposed}`];
  const forward = async (): Promise<void> => {
    const y = await evaluate(
      (x: NDArray, drawn: TracedParameters) => operator.forward(x, drawn),
      [x, parameters],
      engine,
    );
    if (y.shape.slice(1).join() !== operator.observationShape(image).join())
      throw new Error(
        `${whole}: the operator says [${operator.observationShape(image).join()}] of [${y.shape.join()}]`,
      );
    requireSame(whole, y, fixture.get(whole), tolerance);
  };
  const transpose = async (): Promise<void> => {
    const back = await evaluate(
      (y: NDArray, drawn: TracedParameters) => operator.transpose(y, drawn, image),
      [fixture.get(whole), parameters],
      engine,
    );
    // All but the inverse Fourier transform only copy pixels.
    const exact = transposed === `${name}_transpose`;
    requireSame(wholeTransposed, back, fixture.get(wholeTransposed), exact ? 0 : tolerance);
  };
  const check = (array: string, run: Check["run"]): Check[] =>
    fixture.has(array) && fixture.has(whole) ? [{ title: `${array} on ${engine}`, compares: [array], run }] : [];
  return [...check(whole, forward), ...check(wholeTransposed, transpose)];
}

/** Inpainting by a published mask, against a plain loop: the published measurement is x * mask. */
function maskChecks(fixture: Fixture, x: HostArray, name: string): Check[] {
  const mask = `in.${name}_mask`;
  if (!fixture.has(mask)) return [];
  const run = async (): Promise<void> => {
    const { data: kept } = fixture.get(mask);
    const y = await evaluate(
      (x: NDArray, mask: NDArray) => randomInpainting().forward(x, { mask }),
      [x, fixture.get(mask)],
    );
    const expected = x.data.map((value, i) => (kept[i % kept.length] === 1 ? value : 0));
    requireSame(mask, y, hostArray(expected, x.shape), 0);
  };
  return [{ title: `inpainting by ${mask}`, compares: [], run }];
}

function weightChecks(fixture: Fixture, resolution: number, factor: number): Check[] {
  const compares = ["weights", "index"].map((part) => `out.sr${factor}_${part}`);
  if (!compares.every((name) => fixture.has(name))) return [];
  const run = (): void => {
    const [weights, index] = compares.map((name) => fixture.get(name));
    const [taps, outputs] = weights.shape;
    const published = axisMatrix(outputs, resolution, (row) =>
      Array.from({ length: taps }, (_, tap): [number, number] => [
        index.data[tap * outputs + row],
        weights.data[tap * outputs + row],
      ]),
    );
    requireSame(compares[0], bicubicReduction(resolution, factor), published, tolerance);
  };
  return [{ title: compares.join(", "), compares, run }];
}

function kernelChecks(fixture: Fixture, { std, kernel_size: taps }: { kernel_size: number; std: number }): Check[] {
  const name = "out.gaussian_kernel";
  if (!fixture.has(name)) return [];
  const run = (): void => {
    const kernel = gaussianKernel(std, taps);
    const plane = kernel.flatMap((row) => kernel.map((column) => row * column));
    requireSame(name, hostArray(plane, [taps, taps]), fixture.get(name), tolerance);
  };
  return [{ title: name, compares: [name], run }];
}
