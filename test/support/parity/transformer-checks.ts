import {
  concatenate,
  gradient,
  type HostArray,
  jvp,
  mul,
  namedLeaves,
  type NDArray,
  ones,
  randomSource,
  reshape,
  sum,
  type Tree,
} from "../../../src/array/index.js";
import { type Backend, type Hosted } from "../../../src/compile/index.js";
import { applyDit } from "../../../src/models/dit.js";
import { applyDmft, type DmftParameters, initialiseDmft } from "../../../src/models/dmft.js";
import { positionTable } from "../../../src/models/position-table.js";
import {
  initialiseTransformer,
  timeFeatureCount,
  type TransformerConfig,
  type TransformerParameters,
} from "../../../src/models/transformer.js";
import { linear, timeFeatures } from "../../../src/nn/index.js";
import { evaluate } from "../evaluate.js";
import { type Check, compareEach, type Computed, gradientChecks, namesUnder, once, requireSame } from "./check.js";
import { type Fixture, publishedWeights } from "./fixture.js";
import { layersNamed } from "./layer-names.js";
import { ditConfigOf, dmftConfigOf, type PublishedTransformer } from "./published-models.js";
import { transformerLayers } from "./transformer-layers.js";

const random = randomSource(0);

/** The check of our table of positions, where the file has the published one. */
export function positionCheck(fixture: Fixture, prefix: string, { shape, patch, width }: TransformerConfig): Check[] {
  const name = `${prefix}pos_embed`;
  if (!fixture.has(name)) return [];
  const run = (): void =>
    requireSame(name, positionTable(shape[1] / patch, shape[2] / patch, width), fixture.get(name), 1e-6);
  return [{ title: name, compares: [], run }];
}

function wholeGradients<Inputs extends { weights: Tree<HostArray> }>(gradients: () => Promise<Inputs>) {
  return async (): Promise<Computed> => {
    const { weights, ...others } = await gradients();
    const ofWeights = namedLeaves(weights).map(({ name, array }): [string, HostArray] => [name, array]);
    return { ...Object.fromEntries(ofWeights), ...(others as Computed) };
  };
}

/** The published head for the log variance at a pair of times, which sampling does not need. r, t: [B] -> [B, 1, 1, 1]. */
function logVariance({ logvar_linear: head }: DmftParameters, r: NDArray, t: NDArray): NDArray {
  if (head === undefined) throw new Error("the network has no head for the log variance");
  const features = [t, r].map((time) => timeFeatures(time, timeFeatureCount / 2));
  return reshape(linear(head, concatenate(features, 1)), [-1, 1, 1, 1]);
}

/** Kind "dmft": mean velocity and its derivatives on both engines, gradients and layers. */
export function dmftChecks(fixture: Fixture): Check[] {
  const config = dmftConfigOf(fixture.config.model as PublishedTransformer);
  const parameters = publishedWeights(initialiseDmft(config, random), fixture, "w.");
  const inputs = { x: fixture.get("in.x"), r: fixture.get("in.r"), t: fixture.get("in.t") };
  const labels = fixture.integers("in.y");
  type Inputs = { x: NDArray; r: NDArray; t: NDArray };
  const mean = (weights: DmftParameters, { x, r, t }: Inputs, labels: NDArray): NDArray =>
    applyDmft(config, weights, x, r, t, labels);

  const results = (engine: Backend) =>
    once((): Promise<Computed> =>
      evaluate(
        (weights: DmftParameters, { x, r, t }: Inputs, labels: NDArray) => ({
          u: mean(weights, { x, r, t }, labels),
          ...(config.logVarianceHead ? { logvar: logVariance(weights, r, t) } : {}),
        }),
        [parameters, inputs, labels],
        engine,
      ),
    );
  const derivative = (engine: Backend) =>
    once((): Promise<Computed> =>
      evaluate(
        (weights: DmftParameters, { x, r, t }: Inputs, v: NDArray, labels: NDArray) => {
          const u = (x: NDArray, t: NDArray): NDArray => mean(weights, { x, r, t }, labels);
          return { du_dt: jvp(u, [x, t], [v, ones([t.shape[0]])])[1] };
        },
        [parameters, inputs, fixture.get("in.v"), labels],
        engine,
      ),
    );
  const engines: readonly Backend[] = ["onnx", "jax"];
  const onEngines = engines.flatMap((engine) =>
    [
      ...compareEach(fixture, "out.", ["u", "logvar"], results(engine), 1e-5),
      ...compareEach(fixture, "out.", ["du_dt"], derivative(engine), 2e-5),
    ].map((check) => ({ ...check, title: `${check.title} on ${engine}` })),
  );

  const gradients = once(() => {
    type Own = Inputs & { weights: DmftParameters };
    return evaluate(
      (own: Own, labels: NDArray, cotangent: NDArray) =>
        gradient(({ weights, ...at }: Own) => sum(mul(mean(weights, at, labels), cotangent)))(own),
      [{ ...inputs, weights: parameters }, labels, fixture.get("in.cotangent")],
    );
  });
  const recorded = namesUnder(fixture, "out.dbg.");
  const layers = once((): Promise<Computed> =>
    evaluate(
      (weights: DmftParameters, { x, ...times }: Inputs, labels: NDArray) =>
        layersNamed(transformerLayers(config, weights, x, times, labels), recorded),
      [parameters, inputs, labels],
    ),
  );
  return [
    ...positionCheck(fixture, "w.", config),
    ...onEngines,
    ...compareEach(fixture, "out.grad.", namesUnder(fixture, "out.grad."), wholeGradients(gradients), 2e-5),
    ...gradientChecks(fixture, "out.gradstat.", async () => (await gradients()).weights, parameters),
    ...compareEach(fixture, "out.dbg.", recorded, layers, 1e-5),
  ];
}

/** Kind "sit": velocity, gradients and layers. */
export function sitChecks(fixture: Fixture): Check[] {
  const config = ditConfigOf(fixture.config.model as PublishedTransformer);
  const parameters: Hosted<TransformerParameters> = publishedWeights(
    initialiseTransformer(config, random),
    fixture,
    "w.",
  );
  const inputs = { x: fixture.get("in.x"), t: fixture.get("in.t") };
  const labels = fixture.integers("in.y");
  type Inputs = { x: NDArray; t: NDArray };
  const velocity = (weights: TransformerParameters, { x, t }: Inputs, labels: NDArray): NDArray =>
    applyDit(config, weights, x, t, labels);

  const results = once((): Promise<Computed> =>
    evaluate(
      (weights: TransformerParameters, at: Inputs, labels: NDArray) => ({ v: velocity(weights, at, labels) }),
      [parameters, inputs, labels],
    ),
  );
  const gradients = once(() => {
    type Own = Inputs & { weights: TransformerParameters };
    return evaluate(
      (own: Own, labels: NDArray, cotangent: NDArray) =>
        gradient(({ weights, ...at }: Own) => sum(mul(velocity(weights, at, labels), cotangent)))(own),
      [{ ...inputs, weights: parameters }, labels, fixture.get("in.cotangent")],
    );
  });
  const recorded = namesUnder(fixture, "out.dbg.");
  const layers = once((): Promise<Computed> =>
    evaluate(
      (weights: TransformerParameters, { x, t }: Inputs, labels: NDArray) =>
        layersNamed(transformerLayers(config, weights, x, { t }, labels), recorded),
      [parameters, inputs, labels],
    ),
  );
  return [
    ...positionCheck(fixture, "w.", config),
    ...compareEach(fixture, "out.", ["v"], results, 1e-5),
    ...compareEach(fixture, "out.grad.", namesUnder(fixture, "out.grad."), wholeGradients(gradients), 2e-5),
    ...gradientChecks(fixture, "out.gradstat.", async () => (await gradients()).weights, parameters),
    ...compareEach(fixture, "out.dbg.", recorded, layers, 1e-5),
  ];
}
