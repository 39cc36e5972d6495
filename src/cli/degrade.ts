import { type HostArray } from "../array/index.js";
import { encodePng } from "../node/data/index.js";
import { InputError } from "../errors.js";
import { checkPicture, observe } from "../operators/index.js";
import { writeFileAtomically } from "../storage/index.js";
import { type CommandDefinition } from "./command.js";
import { isTensorFile, readImageBatch } from "./image-input.js";
import { readImageModel } from "./image-model.js";
import { encodeObservation } from "../checkpoint/index.js";
import { first } from "./observation-file.js";
import { checkpointOption, imageOption, problemOption } from "./options.js";
import { requireOtherFile, requireWritable } from "./outputs.js";

/** Options of `vfm degrade`. */
export interface DegradeCommandOptions {
  checkpoint: string;
  image: string;
  problem: string;
  out: string;
}

/** `vfm degrade`: makes an observation of an image by one of the model's problems, and writes A^T y. */
export const degradeCommand: CommandDefinition<DegradeCommandOptions> = {
  name: "degrade",
  description:
    "degrade an image as one of the model's problems does, and write the observation: y and A^T y (.safetensors), or A^T y alone (.png)",
  options: (command) =>
    command
      .addOption(checkpointOption())
      .addOption(imageOption("the image, resized and cut to the model's size").makeOptionMandatory())
      .addOption(problemOption())
      .requiredOption("--out <file>", "a .png (values clipped to [-1, 1]) or a .safetensors file (exact values)"),
  example: "vfm degrade --image digit --problem inpaint-box --out observed.safetensors",
  computes: true,
  run: async ({ checkpoint, image: path, problem: name, out }, { seed, signal, note }) => {
    if (!isTensorFile(out) && !out.endsWith(".png"))
      throw new InputError(`--out ${out}: the file's name has to end in .png or .safetensors`);
    await requireWritable(out, "file");
    requireOtherFile(out, path);
    const { model, image } = await readImageModel(checkpoint);
    const problem = model.problem(name);
    if (!isTensorFile(out)) checkPicture(problem, "write a .safetensors file, which keeps that too");
    const { images, converted } = await readImageBatch(path, image);
    if (converted.length > 0) note(`${path} was converted: ${converted.join(", ")}`);
    const observation = await observe(problem, images, { seed });
    signal.throwIfAborted();
    await writeFileAtomically(
      out,
      isTensorFile(out) ? encodeObservation(observation) : await encodePng(first(observation.transposed)),
    );
    const { sigma } = problem.observation;
    const clipped = isTensorFile(out) ? undefined : outside(observation.transposed);
    if (clipped !== undefined)
      note(
        `${out} is a picture: its values are rounded to 8 bits, and ${clipped} of ${observation.transposed.data.length} lay outside [-1, 1] and were clipped; a .safetensors file keeps exact values`,
      );
    const changes = { ...(converted.length > 0 && { converted }), ...(clipped !== undefined && { clipped }) };
    return {
      json: { problem: name, sigma, seed, out, ...changes },
      text: `${name} (noise ${sigma}): A^T y is in ${out}`,
    };
  },
};

function outside({ data }: HostArray): number {
  return Array.from(data).filter((value) => Math.abs(value) > 1).length;
}
