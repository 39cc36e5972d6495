import { compile, type Backend, type Example, type Hosted } from "../../src/compile/index.js";

/** Runs a traced function once on host arrays. */
export async function evaluate<Args extends readonly unknown[], Out>(
  fn: (...args: Args) => Out,
  args: { [K in keyof Args]: Hosted<Args[K]> },
  backend: Backend = "jax",
): Promise<Hosted<Out>> {
  const compiled = await compile(fn, args as { [K in keyof Args]: Example<Args[K]> }, { backend });
  const result = await compiled.run(...(args as Hosted<Args>));
  await compiled.dispose();
  return result;
}
