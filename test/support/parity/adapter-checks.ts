import {
  add,
  type HostArray,
  mul,
  namedLeaves,
  type NDArray,
  randomSource,
  sum,
  valueAndGradient,
} from "../../../src/array/index.js";
import {
  type AdapterEncoderParameters,
  applyAdapterEncoder,
  initialiseAdapterEncoder,
} from "../../../src/models/adapter-unet.js";
import { drawNoise, klToStandardNormal } from "../../../src/vfm/index.js";
import { evaluate } from "../evaluate.js";
import { adapterLayers } from "./adapter-layers.js";
import { type Check, compareEach, type Computed, gradientChecks, namesUnder, once } from "./check.js";
import { type Fixture, publishedWeights } from "./fixture.js";
import { layersNamed } from "./layer-names.js";
import { adapterConfigOf, type PublishedAdapter } from "./published-models.js";

/** Kind "adapter": the published adapter's results, gradients, noises and layers. */
export function adapterChecks(fixture: Fixture): Check[] {
  const config = adapterConfigOf(fixture.config.model as PublishedAdapter);
  const parameters = publishedWeights(initialiseAdapterEncoder(config, randomSource(0)), fixture, "w.");
  const y = fixture.get("in.y");
  const problem = fixture.integers("in.c");

  const noises = namesUnder(fixture, "out.").filter((name) => /^z(_temperature[\d.]+)?$/.test(name));
  const results = once(async (): Promise<Computed> => {
    const scaled = noises.map((name) => {
      const temperature = Number(/temperature(.+)$/.exec(name)?.[1] ?? 1);
      const { shape, data } = fixture.get("in.eps");
      return { shape, data: data.map((value) => temperature * value) };
    });
    const { drawn, ...others } = await evaluate(
      (weights: AdapterEncoderParameters, y: NDArray, problem: NDArray, eps: NDArray[]) => {
        const q = applyAdapterEncoder(weights, y, problem);
        const drawn = eps.map((noise) => drawNoise(q, noise));
        return { mu: q.mean, logvar: mul(q.logSigma, 2), kl: klToStandardNormal(q, "mean"), drawn };
      },
      [parameters, y, problem, scaled],
      "onnx",
    );
    return { ...others, ...Object.fromEntries(noises.map((name, i) => [name, drawn[i]])) };
  });

  const gradients = once(async () => {
    const cotangents = { mu: fixture.get("in.cotangent_mu"), logvar: fixture.get("in.cotangent_logvar") };
    type Inputs = { weights: AdapterEncoderParameters; y: NDArray };
    const { gradient } = await evaluate(
      (inputs: Inputs, problem: NDArray, given: { mu: NDArray; logvar: NDArray }) =>
        valueAndGradient(({ weights, y }: Inputs) => {
          const { mean, logSigma } = applyAdapterEncoder(weights, y, problem);
          return [add(sum(mul(mean, given.mu)), sum(mul(mul(logSigma, 2), given.logvar))), {}];
        })(inputs),
      [{ weights: parameters, y }, problem, cotangents],
      "onnx",
    );
    return gradient;
  });
  const wholeGradients = async (): Promise<Computed> => {
    const { weights, y } = await gradients();
    const ofWeights = namedLeaves(weights).map(({ name, array }): [string, HostArray] => [name, array]);
    return { ...Object.fromEntries(ofWeights), y };
  };

  const recorded = namesUnder(fixture, "out.dbg.");
  const layers = once((): Promise<Computed> =>
    evaluate(
      (weights: AdapterEncoderParameters, y: NDArray, problem: NDArray) =>
        layersNamed(adapterLayers(weights, y, problem), recorded),
      [parameters, y, problem],
      "onnx",
    ),
  );

  return [
    ...compareEach(fixture, "out.", ["mu", "logvar", "kl", ...noises], results, 1e-5),
    ...compareEach(fixture, "out.grad.", namesUnder(fixture, "out.grad."), wholeGradients, 2e-5),
    ...gradientChecks(fixture, "out.gradstat.", async () => (await gradients()).weights, parameters),
    ...compareEach(fixture, "out.dbg.", recorded, layers, 1e-5),
  ];
}
