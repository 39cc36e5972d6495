import { join } from "node:path";
import sharp from "sharp";
import { hostFull, type HostArray } from "../../src/array/index.js";
import { writePng } from "../../src/node/data/index.js";
import { runScript } from "../../src/cli/standalone.js";
import { InputError } from "../../src/errors.js";
import { writeFileAtomically } from "../../src/storage/index.js";

// The photographs of the colour demonstration, from two packages of Debian. See README.md.
const side = 32;
const out = "assets/photographs";
const upstream = "https://gitlab.com/ubports/development/core/lomiri-wallpapers";

const licences = {
  "CC0 1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
  "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
  "CC BY-SA 3.0": "https://creativecommons.org/licenses/by-sa/3.0/",
  "CC BY-SA 4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
} as const;

interface Photograph {
  /** The name of the small picture. */
  name: string;
  /** The photograph's file. */
  file: string;
  /** Author, year and licence as the package's copyright file has them. */
  author: string;
  year: number;
  licence: keyof typeof licences;
}

const photographs: readonly Photograph[] = [
  {
    name: "bridge",
    file: "Bridge_by_Sander_Klootwijk.jpg",
    author: "Sander Klootwijk",
    year: 2018,
    licence: "CC BY-SA 4.0",
  },
  { name: "dragonfly", file: "Dragonfly_by_Bolly.jpg", author: "Bolly", year: 2018, licence: "CC BY-SA 4.0" },
  {
    name: "nuthatch",
    file: "Kleiber_by_Lukas_Baubkus.jpg",
    author: "Lukas Baubkus",
    year: 2021,
    licence: "CC BY-SA 3.0",
  },
  { name: "fig", file: "Picture_0B_by_freespace.jpg", author: 'Trevor "Freespace"', year: 2018, licence: "CC BY 4.0" },
  {
    name: "brushes",
    file: "Picture_1A_by_freespace.jpg",
    author: 'Trevor "Freespace"',
    year: 2018,
    licence: "CC BY 4.0",
  },
  { name: "drum", file: "Wine_by_Jakkub_Mede.jpg", author: "Jakub Mede", year: 2018, licence: "CC BY 4.0" },
  {
    name: "meadow",
    file: "aitzgorri_by_Aitzol_Berasategi.jpg",
    author: "Aitzol Berasategi",
    year: 2018,
    licence: "CC BY 4.0",
  },
  { name: "bird", file: "free_by_Peter_Nerlich.jpg", author: "Peter Nerlich", year: 2018, licence: "CC BY-SA 4.0" },
  {
    name: "dogs",
    file: "friends_by_Aitzol_Berasategi.jpg",
    author: "Aitzol Berasategi",
    year: 2018,
    licence: "CC BY 4.0",
  },
  {
    name: "clock",
    file: "greentock_by_Peter_Nerlich.jpg",
    author: "Peter Nerlich",
    year: 2018,
    licence: "CC BY-SA 4.0",
  },
  {
    name: "stream",
    file: "life_by_Aitzol_Berasategi.jpg",
    author: "Aitzol Berasategi",
    year: 2018,
    licence: "CC BY 4.0",
  },
  {
    name: "mountain",
    file: "picosdeeuropa_by_Aitzol_Berasategi.jpg",
    author: "Aitzol Berasategi",
    year: 2018,
    licence: "CC BY 4.0",
  },
  {
    name: "dandelion",
    file: "seeding_by_Clements_Engelhardt.jpg",
    author: "Clemens Engelhardt",
    year: 2018,
    licence: "CC0 1.0",
  },
  {
    name: "sunset",
    file: "sunset_by_Aitzol_Berasategi.jpg",
    author: "Aitzol Berasategi",
    year: 2018,
    licence: "CC BY 4.0",
  },
];

/** The centre of an image, cut to the largest square whose side is a multiple of 32, each block of it averaged: [3, 32, 32]. */
async function shrink(path: string): Promise<HostArray> {
  const { data, info } = await sharp(path)
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((error: Error) => {
      throw new InputError(`${path} cannot be read (${error.message}): unpack the two packages there`);
    });
  const block = Math.floor(Math.min(info.width, info.height) / side);
  const [left, top] = [info.width, info.height].map((length) => Math.floor((length - side * block) / 2));
  const small = hostFull([3, side, side], -1);
  for (let y = 0; y < side * block; y++)
    for (let x = 0; x < side * block; x++)
      for (let channel = 0; channel < 3; channel++) {
        const place = (channel * side + Math.floor(y / block)) * side + Math.floor(x / block);
        small.data[place] += data[((top + y) * info.width + left + x) * info.channels + channel] / (127.5 * block ** 2);
      }
  return small;
}

function attribution(): string {
  const lines = photographs.map(
    ({ name, file, author, year, licence }) =>
      `- \`${name}.png\`: from \`${file}\`, copyright ${year} ${author}, [${licence}](${licences[licence]})`,
  );
  return `# The photographs

Each picture is the centre of a photograph, averaged down to ${side} x ${side} pixels; nothing else was changed. It stays under the
photograph's own licence. The photographs are those of the [Lomiri wallpapers](${upstream}), as Debian's packages
\`lomiri-wallpapers-16.04\` and \`lomiri-wallpapers-20.04\` have them. No model was trained on them.

${lines.join("\n")}

\`experiments/photographs\` says how they were made.
`;
}

await runScript<{ folder: string }>({
  name: "experiments/photographs/main.ts",
  description: `make the pictures of ${out} from the photographs of two packages`,
  argument: { name: "<folder>", description: "the folder that holds the photographs", key: "folder" },
  options: (command) => command,
  example: "npx tsx experiments/photographs/main.ts wallpapers/usr/share/backgrounds",
  run: async ({ folder }, { progress }) => {
    for (const [i, { name, file }] of photographs.entries()) {
      progress.update(i / photographs.length, name);
      await writePng(join(out, `${name}.png`), await shrink(join(folder, file)));
    }
    await writeFileAtomically(join(out, "ATTRIBUTION.md"), attribution());
    return { json: { out, count: photographs.length }, text: `${photographs.length} photographs are in ${out}` };
  },
});
