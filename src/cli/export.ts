import { constantTree, type NDArray } from "../array/index.js";
import { toOnnx } from "../compile/index.js";
import { problemClasses } from "../operators/index.js";
import { writeFileAtomically } from "../storage/index.js";
import { imageShapeOfModel, posteriorSample, type VariationalFlowMap } from "../vfm/index.js";
import { type CommandDefinition } from "./command.js";
import { readImageModel } from "./image-model.js";
import { checkpointOption, integerOption } from "./options.js";
import { requireWritable } from "./outputs.js";

/** Options of `vfm export`. */
export interface ExportCommandOptions {
  checkpoint: string;
  onnx: string;
  steps: number;
  batch: number;
}

/** `vfm export`: writes the posterior sampler as a standard ONNX file. */
export const exportCommand: CommandDefinition<ExportCommandOptions> = {
  name: "export",
  description: "write the posterior sampler as an ONNX file that any ONNX runtime can run",
  options: (command) =>
    command
      .addOption(checkpointOption())
      .requiredOption("--onnx <file>", "the file to write")
      .option("--steps <n>", "evaluations of the flow map", integerOption(1), 1)
      .option("--batch <n>", "samples drawn at once", integerOption(1), 1),
  example: "vfm export --onnx sampler.onnx --batch 16",
  run: async ({ checkpoint, onnx, steps, batch }, { signal }) => {
    await requireWritable(onnx, "file");
    const { model, image, problems } = await readImageModel(checkpoint);
    const bytes = await samplerOnnx(model, steps, batch);
    signal.throwIfAborted();
    await writeFileAtomically(onnx, bytes);
    const shape = [batch, image.channels, image.height, image.width];
    const noiseShape = [batch, ...model.sampleShape];
    const numbers = problemClasses(problems);
    const classes = Object.fromEntries(problems.map(({ name }, place) => [name, numbers[place]]));
    const json = {
      onnx,
      steps,
      inputs: { observation: shape, class: [batch], noise: noiseShape },
      outputs: { x: shape },
      classes,
    };
    const side = `[${shape.join(", ")}]`;
    const text = [
      `${onnx}: x ${side} from`,
      `  observation  float32 ${side}, A^T y`,
      `  class        int32 [${batch}]: ${problems.map(({ name }, place) => `${numbers[place]} ${name}`).join(", ")}`,
      `  noise        float32 [${noiseShape.join(", ")}], standard normal`,
    ];
    return { json, text: text.join("\n") };
  },
};

/**
 * The posterior sampler with its parameters inside as an ONNX model: inputs `observation` (A^T y, float32
 * [batch, ...imageShape]), `class` (int32 [batch]) and `noise` (standard normal, [batch, ...sampleShape]), output `x`.
 */
export async function samplerOnnx(model: VariationalFlowMap, steps: number, batch: number): Promise<Uint8Array> {
  const { decoder, sampleShape } = model;
  const image = { shape: [batch, ...imageShapeOfModel(model)], type: "float32" } as const;
  const latent = { shape: [batch, ...sampleShape], type: "float32" } as const;
  const problem = { shape: [batch], type: "int32" } as const;
  const sampler = (observation: NDArray, problemClass: NDArray, noise: NDArray): NDArray => {
    const flowMap = constantTree(model.parameters.flowMap);
    const adapter = constantTree(model.parameters.adapter);
    const networks = {
      meanVelocity: (x: NDArray, r: NDArray, t: NDArray) => model.meanVelocity(flowMap, x, r, t),
      adapter: (aty: NDArray, c: NDArray) => model.adapter(adapter, aty, c),
    };
    const x = posteriorSample(networks, observation, problemClass, noise, steps);
    return decoder === undefined ? x : decoder.decode(constantTree(decoder.parameters), x);
  };
  return toOnnx(sampler, [image, problem, latent], {
    inputNames: ["observation", "class", "noise"],
    outputNames: ["x"],
  });
}
