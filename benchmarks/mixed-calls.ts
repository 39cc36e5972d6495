import { add, hostFull, mul, type NDArray, randomSource } from "../src/array/index.js";
import { pseudoinverseGuidedFlow, type SamplerEngine } from "../src/baselines/index.js";
import { compile } from "../src/compile/index.js";
import { mlp, mlpAdapter, parametersOf, variationalFlowMap } from "../src/models/index.js";
import { gaussianNoise, observe, operator, problem } from "../src/operators/index.js";
import { samplePosterior, samplePrior, type TrainedModel } from "../src/vfm/index.js";

const dimension = 4;

/** An untrained model of points, with one problem. */
export function mixedModel(): TrainedModel {
  const networks = {
    flowMap: mlp({ shape: [dimension], width: 8, depth: 1 }),
    adapter: mlpAdapter({ shape: [dimension], observationShape: [dimension], width: 8, depth: 1 }),
  };
  const parameters = parametersOf(networks, (name, network) => network.initialise(randomSource(0, name)));
  return variationalFlowMap(networks, parameters, { problems: [halved(0)], source: "a test" });
}

/** A problem whose objects are new at every call, as in a program that creates its problems where it needs them. */
function halved(number: number) {
  const half = operator({ name: "half", forward: (x) => mul(x, 0.5 + 1e-6 * number) });
  return problem("half", gaussianNoise(half, 0.1));
}

/**
 * Call number `number` of a long program: posterior samples with changing counts, new problems, the prior, a guided
 * sampler, and a function that is compiled and disposed of.
 */
export async function mixedCall(model: TrainedModel, engine: SamplerEngine, number: number): Promise<void> {
  const images = hostFull([1, dimension], (number % 7) / 10);
  const seed = number;
  switch (number % 5) {
    case 0: {
      const y = await observe(model.problem("half"), images, { seed });
      await samplePosterior(model, y, { samples: 1 + (number % 97), seed });
      return;
    }
    case 1: {
      await observe(halved(number), images, { seed });
      return;
    }
    case 2: {
      await samplePrior(model, { samples: 1 + (number % 89), seed, steps: 1 + (number % 3) });
      return;
    }
    case 3: {
      const y = await observe(model.problem("half"), images, { seed });
      const sampler = pseudoinverseGuidedFlow(model, { steps: 2, start: 0.5, guidance: 1 }, engine);
      await sampler.sample(y, { samples: 1 + (number % 5), seed });
      return;
    }
    default: {
      const sum = await compile((x: NDArray) => add(x, number), [images]);
      await sum.run(images);
      await sum.dispose();
    }
  }
}
