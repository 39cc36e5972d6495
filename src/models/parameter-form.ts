import { checkShapes, type HostArray, isHostArray, type NDArray, type Tree } from "../array/index.js";
import { InputError } from "../errors.js";
import { shown } from "../options.js";

/**
 * Checks, while a network is traced, that its parameters match its configuration: every array in its place, with its
 * shape, and no others.
 *
 * @param of the network's name, for messages
 * @param form the network's initial parameters, of which only the shapes matter
 * @throws InputError naming the first place where they differ
 */
export function checkForm(
  of: string,
  parameters: Tree<NDArray>,
  form: Tree<HostArray>,
  place = "the parameters",
): void {
  if (isHostArray(form)) {
    checkShapes(of, { [place]: [parameters as NDArray, form.shape] });
    return;
  }
  if (typeof parameters !== "object" || parameters === null)
    throw new InputError(`${of}: ${place} are ${shown(parameters)}, give those of this network`);
  const children = parameters as Readonly<Record<string, Tree<NDArray>>>;
  const foreign = Object.keys(children).find((name) => !Object.hasOwn(form, name));
  if (foreign !== undefined)
    throw new InputError(`${of}: ${place}.${foreign} is no parameter of this network, give those of its configuration`);
  for (const [name, child] of Object.entries(form)) checkForm(of, children[name], child, `${place}.${name}`);
}
