import { describe, it } from "vitest";
import { everyCheck } from "./check.js";
import { fixturesIn, parityFolder } from "./fixture.js";
import { type Kind, kinds } from "./kinds.js";

/** The tests of every fixture of one kind: one for each check that the file has numbers for. */
export function describeKind(kind: Kind): void {
  const fixtures = fixturesIn(parityFolder).filter((fixture) => fixture.kind === kind);
  if (fixtures.length === 0) it.skip(`${parityFolder} has no fixture of kind "${kind}"`);
  for (const fixture of fixtures)
    describe(`${kind} against the published code: ${fixture.file}`, () => {
      for (const { title, run } of everyCheck(fixture, kinds[kind])) it(title, run);
    });
}
