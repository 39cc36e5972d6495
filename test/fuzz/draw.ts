import fc from "fast-check";
import { randomSource } from "../../src/array/index.js";
import { type Case, type Subject } from "./subject.js";

/** The case of this number: the same for the same subjects, seed and number, whatever cases ran before. */
export function caseOf(subjects: readonly Subject[], seed: number, number: number): Case {
  const random = randomSource(seed, "fuzz", number);
  const weights = subjects.map(({ weight = 1 }) => weight);
  let left = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  const place = weights.findIndex((weight) => (left -= weight) < 0);
  const subject = subjects[place < 0 ? subjects.length - 1 : place];
  const [drawn] = fc.sample(subject.cases, { seed: random.integer(2 ** 31), numRuns: 1 });
  return drawn;
}
