import { expect, it } from "vitest";
import { hostFull, type HostArray, type NDArray, randomSource, type Tree } from "../array/index.js";
import { compile } from "../compile/index.js";
import { InputError } from "../errors.js";
import { flowMapModel } from "./registry.js";

const shape = [1, 2, 2];
const shallow = flowMapModel({ model: "residual-mlp", shape, depth: 1, width: 4, embedding: 4 });
const deep = flowMapModel({ model: "residual-mlp", shape, depth: 3, width: 4, embedding: 4 });
const x = hostFull([2, ...shape], 0.5);
const t = hostFull([2], 0.5);

/** Evaluates the shallow network with these parameters. */
async function evaluate(parameters: Tree<HostArray>): Promise<readonly number[]> {
  const apply = (given: Tree<NDArray>, ...inputs: [NDArray, NDArray, NDArray]): NDArray =>
    shallow.apply(given, ...inputs);
  const compiled = await compile(apply as never, [parameters, x, t, t] as never);
  const run = compiled.run as unknown as (...args: unknown[]) => Promise<HostArray>;
  const result = await run(parameters, x, t, t);
  await compiled.dispose();
  return result.shape;
}

it("a network takes its own parameters and no others", async () => {
  const own = shallow.initialise(randomSource(1));
  expect(await evaluate(own)).toEqual(x.shape);
  for (const foreign of [deep.initialise(randomSource(1)), Object.assign({}, own, { more: hostFull([1], 0) })]) {
    const refused = evaluate(foreign);
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow(/the parameters\.(blocks\.1|more) is no parameter of this network/);
  }
});
