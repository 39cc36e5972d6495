import { access, rm } from "node:fs/promises";
import { join } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import { InputError } from "../errors.js";
import { writeFileAtomically } from "../storage/index.js";
import { type CommandDefinition } from "./command.js";
import { makeFolders, writeError } from "../platform/node/index.js";
import { integerOption } from "./options.js";
import { requireWritable } from "./outputs.js";
import { shellWord } from "./shell-word.js";
import { starterConfiguration, starterImages } from "./starter-configuration.js";

/** Options of `vfm init`. */
export interface InitCommandOptions {
  folder?: string | undefined;
  size: number;
  channels: "1" | "3";
}

/** `vfm init [dir]`: writes a folder for training a model of one's own images. Overwrites nothing. */
export const initCommand: CommandDefinition<InitCommandOptions> = {
  name: "init",
  description: "write a configuration for your own images, and a README with the next steps",
  argument: { name: "[dir]", description: "the folder to write (default: the working directory)", key: "folder" },
  options: (command) =>
    command
      .option("--size <n>", "height and width that images are made to fit: a multiple of 4", sizeOption, 32)
      .addOption(new Option("--channels <n>", "3 for colours, 1 for gray").choices(["1", "3"]).default("3")),
  example: "vfm init mine --size 32",
  run: async ({ folder = ".", size, channels }, { seed }) => {
    await requireWritable(folder, "folder");
    const inFolder = (...names: string[]): string => shellWord(join(folder, ...names));
    const [config, readme] = [join(folder, "config.json"), join(folder, "README.md")];
    for (const path of [config, readme])
      if (await exists(path)) throw new InputError(`${path} exists already: name another folder, or remove it`);
    const images = join(folder, starterImages);
    const configuration = starterConfiguration({ channels: Number(channels), height: size, width: size }, seed);
    await makeFolders(images).catch((error: NodeJS.ErrnoException) => {
      throw writeError(images, error);
    });
    await writeFileAtomically(readme, readmeText(inFolder));
    try {
      await writeFileAtomically(config, `${JSON.stringify(configuration, null, 2)}\n`);
    } catch (error) {
      // Otherwise the next call would be refused.
      await rm(readme, { force: true });
      throw error;
    }
    return {
      json: { config, readme, images, seed },
      text: `Put your images into ${images}, then: vfm train ${shellWord(config)} --out ${inFolder("run")}`,
    };
  },
};

/** The U-Net halves the sides twice. */
function sizeOption(value: string): number {
  const size = integerOption(8)(value);
  if (size % 4 !== 0) throw new InvalidArgumentError("It has to be a multiple of 4.");
  return size;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

const readmeText = (inFolder: (...names: string[]) => string): string => `# A variational flow map of your own images

1. Put PNG or JPEG files of any size into \`${starterImages}\`: some thousands make a good model. Folders inside it are searched too.
2. Train. Each stage takes an hour or so on a few cores; \`--resume\` continues an interrupted run:

   \`\`\`sh
   vfm train ${inFolder("config.json")} --out ${inFolder("run")} --resume
   \`\`\`

3. Draw samples of what an image may have been, given an observation of it:

   \`\`\`sh
   vfm sample --checkpoint ${inFolder("run", "checkpoint")} --image photo.png --problem inpaint-box --out ${inFolder("samples")}
   \`\`\`

\`config.json\` says what is trained and for how long: the size that images are made to fit, the networks, the inverse
problems with the standard deviation \`sigma\` of their noise, and the stages. Its paths are relative to its own folder. A tenth of
the images is kept for testing, and a tenth for choosing settings: \`vfm evaluate --checkpoint ${inFolder("run", "checkpoint")}\` measures
the model on the images for testing.
`;
