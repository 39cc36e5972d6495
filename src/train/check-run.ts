import { isHostArray, namedLeaves } from "../array/index.js";
import { InputError } from "../errors.js";
import { type BoundNetworks, type NetworkParameters } from "../models/index.js";
import { type Problem, problemClasses } from "../operators/index.js";
import { type DataSource, wrongLabel } from "./data-source.js";
import { type Run } from "./run.js";
import { stagesProblem } from "./stages/index.js";

/**
 * Checks that the parts of a run fit each other.
 *
 * @throws InputError naming the part that is wrong
 */
export function checkRun(run: Run): void {
  const { flowMap, conditional, stages, problems = [], data, teacher } = run;
  if (stages.length === 0) throw new InputError("stages: give at least one, e.g. flowMatching({ steps: 1000 })");
  if (flowMap === undefined && conditional === undefined) throw new InputError('a run needs a "flowMap"');
  const wrong = stagesProblem(stages, { ...run, problems });
  if (wrong !== undefined) throw new InputError(wrong);
  requireFit(run, data.sampleShape, problems);
  requireLabels(data, flowMap?.classes ?? 0);
  if (teacher !== undefined) requireTeacher(teacher, run);
}

/**
 * Checks that every rank has a part of each stage's batches.
 *
 * @throws InputError naming a stage whose batches have fewer parts than ranks
 */
export function requireParts(stages: Run["stages"], ranks: number): void {
  const few = stages.findIndex(({ accumulate }) => accumulate < ranks);
  if (few < 0) return;
  throw new InputError(
    `stages.${few}.accumulate is ${stages[few].accumulate}, but there are ${ranks} ranks: set it to ${ranks} or a multiple ` +
      "of that, so that each has a part of every batch",
  );
}

/**
 * Checks that the networks fit the data and the problems.
 *
 * @param dataShape the shape of one sample of the data
 * @throws InputError if the adapter does not know a problem's class, or a network's samples do not have the shape of
 *   the data (with an autoencoder, which has to fit the data, that of its latents)
 */
function requireFit(
  { flowMap, adapter, conditional, autoencoder }: BoundNetworks,
  dataShape: readonly number[],
  problems: readonly Problem[],
): void {
  if (autoencoder !== undefined && autoencoder.imageShape.join() !== dataShape.join())
    throw new InputError(
      `autoencoder.imageShape is [${autoencoder.imageShape.join(", ")}], the data's samples are [${dataShape.join(", ")}]: ` +
        "give an autoencoder of images of that shape",
    );
  const sampleShape = autoencoder?.latentShape ?? dataShape;
  const whose = autoencoder === undefined ? "data's samples" : "autoencoder's latents";
  for (const [name, network] of Object.entries({ flowMap, adapter, conditional }))
    if (network !== undefined && network.shape.join() !== sampleShape.join())
      throw new InputError(
        `${name}.shape is [${network.shape.join(", ")}], the ${whose} are [${sampleShape.join(", ")}]: give the network that shape`,
      );
  const classes = problemClasses(problems);
  for (const [name, network] of Object.entries({ adapter, conditional })) {
    const known = network?.problems;
    const unknown = known === undefined ? -1 : classes.findIndex((its) => its >= known);
    if (unknown >= 0)
      throw new InputError(
        `${name}.problems is ${known}, but ${problems[unknown].name} is class ${classes[unknown]}: set it to ${Math.max(...classes) + 1}`,
      );
  }
}

/**
 * Checks that the data have the labels that a flow map is conditioned on.
 *
 * @param classes number of labels that the flow map knows; 0 if none
 * @throws InputError if the data do not have a label for each sample, or have one that the flow map does not know
 */
function requireLabels({ labels, count }: DataSource, classes: number): void {
  if (classes === 0) return;
  if (labels === undefined)
    throw new InputError(`flowMap.classes is ${classes}, but the data have no labels: set it to 0`);
  if (labels.length !== count)
    throw new InputError(`data.labels has ${labels.length} labels, the data ${count} samples: give each sample one`);
  const wrong = wrongLabel(labels);
  if (wrong >= 0)
    throw new InputError(`data.labels: label ${wrong} is ${labels[wrong]}, it has to be an integer from 0 on`);
  const largest = labels.reduce((a, b) => Math.max(a, b), 0);
  if (largest >= classes)
    throw new InputError(`flowMap.classes is ${classes}, but the data have ${largest + 1} classes: set it to that`);
}

function requireTeacher(teacher: NonNullable<Run["teacher"]>, { flowMap }: Run): void {
  const [ours, theirs] = [
    { shape: flowMap?.shape ?? [], classes: flowMap?.classes ?? 0 },
    { shape: teacher.sampleShape, classes: teacher.classes ?? 0 },
  ].map(({ shape, classes }) => ({ shape: shape.join(" x "), classes }));
  if (ours.shape !== theirs.shape || ours.classes !== theirs.classes)
    throw new InputError(
      `the teacher has samples ${theirs.shape} of ${theirs.classes} classes, the flow map ${ours.shape} of ${ours.classes}: name a teacher of the same samples and classes`,
    );
}

/**
 * Checks that no key of a network's parameters contains a dot: files name an array by its keys with dots between them.
 * Throws InputError naming a key that does.
 */
export function requirePlainKeys(network: string, tree: NetworkParameters[string]): void {
  if (isHostArray(tree)) return;
  for (const [key, child] of Object.entries(tree)) {
    if (key.includes("."))
      throw new InputError(`${network}: initialise gives the key "${key}", which contains a dot: name it without one`);
    requirePlainKeys(network, child);
  }
}

/** Checks that given parameters have the form of a network's own. Throws InputError naming an array that does not. */
export function requireForm(name: string, given: NetworkParameters[string], made: NetworkParameters[string]): void {
  const wanted = new Map(namedLeaves(made, name).map(({ name: leaf, array }) => [leaf, array.shape.join(", ")]));
  const leaves = namedLeaves(given, name);
  const wrong = leaves.find(({ name: leaf, array }) => wanted.get(leaf) !== array.shape.join(", "));
  if (wrong === undefined && leaves.length === wanted.size) return;
  throw new InputError(
    wrong === undefined
      ? `initial.${name} has ${leaves.length} arrays, the network ${wanted.size}: give parameters of the same network`
      : `initial.${wrong.name} is [${wrong.array.shape.join(", ")}], the network's is ${wanted.has(wrong.name) ? `[${wanted.get(wrong.name)}]` : "missing"}: give parameters of the same network`,
  );
}
