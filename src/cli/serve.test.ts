import { describe, expect, it } from "vitest";
import { vfm } from "../../test/support/command-line.js";

describe("vfm serve", () => {
  it.each([
    ["--timeout", "3000000", "from 0.001 to 1000000"],
    ["--timeout", "0", "from 0.001 to 1000000"],
    ["--receive-timeout", "3000000", "from 0.001 to 1000000"],
    ["--batch-wait", "3e9", "from 0 to 1000000000"],
    ["--max-body", "0.0000001", "from 0.000001 to 500"],
    ["--max-body", "1e300", "from 0.000001 to 500"],
  ])("refuses %s %s, which no timer or body can have", async (option, value, range) => {
    const { code, err } = await vfm("serve", option, value, "--checkpoint", "nowhere", "--port", "0");
    expect(code).toBe(2);
    expect(err).toContain(option);
    expect(err).toContain(`It has to be a number, ${range}.`);
  });
});
