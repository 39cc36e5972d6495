import { describe, expect, it } from "vitest";
import { fixturesIn, parityFolder } from "../support/parity/fixture.js";
import { kinds } from "../support/parity/kinds.js";

describe("every fixture of the folder is of a kind that is compared", () => {
  it.each(fixturesIn(parityFolder).map(({ file, kind }) => [file, kind]))("%s: %s", (_, kind) =>
    expect(Object.keys(kinds)).toContain(kind),
  );
});
