import { Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { hostArray, type HostArray, type NDArray, stopGradient, valueAndGradient } from "../../src/array/index.js";
import { type JointBatch, jointObjective } from "../../src/vfm/index.js";
import { evaluate } from "../../test/support/evaluate.js";
import { bestAdapter, type LinearAdapter, symmetricRoot } from "./adapter.js";
import { jointEquilibrium } from "./joint.js";
import { type Coupling, meanFlowTerm, mixedCoupling } from "./mean-flow.js";
import { klTerm, observationTerm } from "./objective.js";
import { correlatedPair as problem } from "../../src/evaluate/calibration/linear-gaussian.js";
import { velocitySlope } from "./transport.js";
import {
  type Adapter,
  adapterArrays,
  adapterFunction,
  batchOf,
  close,
  type FlowMap,
  flowMapArrays,
  largest,
  likelihood,
  settings,
  velocityFunction,
  withZeros,
} from "../../test/support/exact-expectation.js";

// The project's objective on a batch whose mean is an exact expectation, compared with the closed forms.

const { mean } = problem;

interface JointCase {
  times: readonly (readonly [r: number, t: number])[];
  /** How many of the times, at the front, have r < t. */
  jumps: number;
  tau: number;
  /** Whether the noise is detached and the observation term trains the adapter alone. */
  detached?: boolean;
  backend?: "jax" | "onnx";
}

/** Value and gradient of the project's joint objective. */
async function joint(
  flowMap: FlowMap<HostArray>,
  adapter: Adapter<HostArray>,
  { times, jumps, tau, detached = false, backend = "jax" }: JointCase,
) {
  const batch = { ...batchOf(times), tau: hostArray([tau], []) };
  const fn = (
    theta: { flowMap: FlowMap<NDArray>; adapter: Adapter<NDArray> },
    given: JointBatch & Record<string, NDArray>,
  ) =>
    valueAndGradient((of: typeof theta) => {
      const fixed = Object.fromEntries(
        Object.entries(of.flowMap).map(([name, value]) => [name, stopGradient(value)]),
      ) as FlowMap<NDArray>;
      const networks = {
        meanVelocity: velocityFunction(of.flowMap),
        observationMeanVelocity: velocityFunction(detached ? fixed : of.flowMap),
        adapter: adapterFunction(of.adapter),
      };
      return jointObjective(networks, given, likelihood(given.aty), {
        ...settings,
        alpha: 0.5,
        detachNoise: detached,
        jumps: jumps * (batch.uniform.data.length / times.length),
      });
    })(theta);
  return evaluate(fn, [{ flowMap, adapter }, batch], backend);
}

describe("the project's joint objective in the linear-Gaussian case", () => {
  const adapter: LinearAdapter = { gain: Matrix.columnVector([0.7, -0.2]), logSigma: [-0.5, 0.1] };
  const parts = {
    slope: new Matrix([
      [0.3, -0.4],
      [0.2, 0.1],
    ]),
    slopeByR: new Matrix([
      [0.5, 0],
      [-0.3, 0.2],
    ]),
    slopeByT: new Matrix([
      [-0.2, 0.6],
      [0.1, 0.4],
    ]),
    offset: Matrix.columnVector([-0.3, 0.2]),
    offsetByR: Matrix.columnVector([0.4, 0.1]),
    offsetByT: Matrix.columnVector([0.2, -0.5]),
  };
  const times = [
    [0.1, 0.8],
    [0, 1],
    [0.4, 0.4],
  ] as const;
  const tau = 0.7;
  const alpha = 0.5;

  it.each(["jax", "onnx"] as const)("equals the closed form, its gradients too (%s)", async (backend) => {
    const { value, gradient } = await joint(flowMapArrays(parts), adapterArrays(adapter), {
      times,
      jumps: 2,
      tau,
      backend,
    });
    const at = (name: "slope" | "offset", r: number, t: number): Matrix =>
      Matrix.add(parts[name], Matrix.mul(parts[`${name}ByR`], r)).add(Matrix.mul(parts[`${name}ByT`], t));
    const flowMap = { map: Matrix.sub(Matrix.eye(2), at("slope", 0, 1)), offset: Matrix.mul(at("offset", 0, 1), -1) };
    const observation = observationTerm(problem, flowMap, adapter);
    const kl = klTerm(problem, adapter);
    const flows = times.map(([r, t]) => ({
      r,
      t,
      ...meanFlowTerm(
        problem,
        adapter,
        alpha,
        {
          slope: at("slope", r, t),
          slopeRate: parts.slopeByT,
          offset: at("offset", r, t),
          offsetRate: parts.offsetByT,
        },
        [r, t],
      ),
    }));
    const weight = 1 / (2 * tau ** 2 * times.length);
    const sum = (of: (flow: (typeof flows)[number]) => Matrix): Matrix =>
      flows
        .map(of)
        .reduce((total, term) => Matrix.add(total, term))
        .mul(weight);

    close(value, [flows.reduce((total, flow) => total + weight * flow.value, 0) + observation.value + kl.value]);
    close(
      gradient.adapter.gain,
      withZeros(
        sum((flow) => flow.adapter.gain)
          .add(observation.adapter.gain)
          .add(kl.adapter.gain),
      ),
    );
    close(
      gradient.adapter.logSigma,
      adapter.logSigma.map(
        (_, i) =>
          flows.reduce((total, flow) => total + weight * flow.adapter.logSigma[i], 0) +
          observation.adapter.logSigma[i] +
          kl.adapter.logSigma[i],
      ),
    );
    // f(z) = (I - U(0, 1)) z - c(0, 1).
    close(
      gradient.flowMap.slope,
      sum((flow) => flow.slope)
        .sub(observation.flowMap.map)
        .to1DArray(),
    );
    close(gradient.flowMap.slopeByR, sum((flow) => Matrix.mul(flow.slope, flow.r)).to1DArray());
    close(
      gradient.flowMap.slopeByT,
      sum((flow) => Matrix.mul(flow.slope, flow.t))
        .sub(observation.flowMap.map)
        .to1DArray(),
    );
    close(
      gradient.flowMap.offset,
      sum((flow) => flow.offset)
        .sub(observation.flowMap.offset)
        .to1DArray(),
    );
    close(gradient.flowMap.offsetByR, sum((flow) => Matrix.mul(flow.offset, flow.r)).to1DArray());
    close(
      gradient.flowMap.offsetByT,
      sum((flow) => Matrix.mul(flow.offset, flow.t))
        .sub(observation.flowMap.offset)
        .to1DArray(),
    );
  });

  it("rests where the transport and the best adapter fit each other, with z and the observation's flow map detached", async () => {
    const { map, adapter: best } = jointEquilibrium(problem, alpha);
    const gradientAt = async (k: Matrix, q: LinearAdapter, coupling: Coupling) => {
      // The mean velocity from t to 0 and its derivative at t = 1, from the matrix equation of the transport.
      const slope = Matrix.sub(Matrix.eye(2), k);
      const rate = k.mmul(velocitySlope(problem, coupling, 1)).sub(slope);
      const drift = slope.mmul(mean);
      const flowMap = flowMapArrays({
        slope: Matrix.sub(slope, rate),
        slopeByT: rate,
        offset: Matrix.mul(mean, -1).sub(drift),
        offsetByT: drift,
      });
      const { gradient } = await joint(flowMap, adapterArrays(q), {
        times: [[0, 1]],
        jumps: 1,
        tau: 1,
        detached: true,
      });
      return {
        flowMap: Math.max(largest(gradient.flowMap.slope), largest(gradient.flowMap.offset)),
        adapter: Math.max(largest(gradient.adapter.gain), largest(gradient.adapter.logSigma)),
      };
    };
    const rest = await gradientAt(map, best, mixedCoupling(problem, best, alpha));
    expect(rest.flowMap).toBeLessThan(1e-4);
    expect(rest.adapter).toBeLessThan(1e-4);
    // The adapter alone has no gradient either, but the flow map of independent noise is not stationary for its
    // coupling.
    const root = symmetricRoot(problem.covariance);
    const own = bestAdapter(problem, root);
    const alone = await gradientAt(root, own, mixedCoupling(problem, own, 0));
    expect(alone.adapter).toBeLessThan(1e-4);
    expect(alone.flowMap).toBeGreaterThan(0.05);
  });
});
