import { hostArray, type HostArray, type Tree } from "../../../src/array/index.js";
import { dot, relativeError } from "../compare.js";
import { type Fixture } from "./fixture.js";
import { expectGradients } from "./gradient-statistics.js";

/** A comparison of recorded arrays with what this library computes. */
export interface Check {
  title: string;
  /** The names of the recorded results that it compares. */
  compares: readonly string[];
  /** Throws where the numbers differ. */
  run(): Promise<void> | void;
}

/** What is said of a recorded result that has nothing to be compared with. */
export const uncomputable = (name: string): Error => new Error(`${name} is recorded, and nothing here computes it`);

/** All checks of a fixture: those that its kind has, and one that fails for each result that none of them compares. */
export function everyCheck(fixture: Fixture, checksOf: (fixture: Fixture) => Check[]): Check[] {
  const checks = checksOf(fixture);
  const compared = new Set(checks.flatMap(({ compares }) => compares));
  const left = fixture.names("out.").filter((name) => !compared.has(name));
  const failing = left.map((name): Check => {
    const run = (): never => {
      throw uncomputable(name);
    };
    return { title: name, compares: [name], run };
  });
  return [...checks, ...failing];
}

/** The result of `make`, which is called once, when it is first asked for. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** Throws if two arrays differ, axes of length 1 aside. */
export function requireSame(name: string, actual: HostArray, reference: HostArray, tolerance: number): void {
  const squeezed = ({ shape, data }: HostArray): HostArray =>
    hostArray(
      data,
      shape.filter((length) => length !== 1),
    );
  const error = relativeError(squeezed(actual), squeezed(reference));
  if (!(error <= tolerance)) throw new Error(`${name}: the relative error is ${error}, ${tolerance} is allowed`);
}

/** Arrays by the names that they are recorded under, after the prefix. */
export type Computed = Readonly<Record<string, HostArray | undefined>>;

/** One check for each of the recorded arrays `${prefix}${name}`. */
export function compareEach(
  fixture: Fixture,
  prefix: string,
  names: readonly string[],
  compute: () => Promise<Computed>,
  tolerance: number | ((name: string) => number),
): Check[] {
  return names
    .filter((name) => fixture.has(`${prefix}${name}`))
    .map((name) => {
      const whole = `${prefix}${name}`;
      const run = async (): Promise<void> => {
        const array = (await compute())[name];
        if (array === undefined) throw uncomputable(whole);
        requireSame(whole, array, fixture.get(whole), typeof tolerance === "number" ? tolerance : tolerance(name));
      };
      return { title: whole, compares: [whole], run };
    });
}

/** The names of all recorded arrays that start with `prefix`, without it. */
export const namesUnder = (fixture: Fixture, prefix: string): string[] =>
  fixture.names(prefix).map((name) => name.slice(prefix.length));

/** The check of the gradients' statistics that are recorded under `prefix`; none if there are none. */
export function gradientChecks(
  fixture: Fixture,
  prefix: string,
  gradients: () => Promise<Tree<HostArray>>,
  parameters: Tree<HostArray>,
): Check[] {
  const compares = fixture.names(prefix);
  if (compares.length === 0) return [];
  const run = async (): Promise<void> => expectGradients(fixture.under(prefix), await gradients(), parameters);
  return [{ title: `${prefix}*`, compares, run }];
}

/** Throws if two norms differ by more than 1e-4 of the reference. */
export function requireSameNorm(name: string, actual: readonly HostArray[], reference: number): void {
  const norm = Math.sqrt(actual.reduce((total, array) => total + dot(array, array), 0));
  if (!(Math.abs(norm - reference) <= 1e-4 * reference)) throw new Error(`${name}: ${norm}, published is ${reference}`);
}
