import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkpointFolder, packageFolder } from "./package-folder.js";

describe("checkpointFolder", () => {
  it("knows the shipped models by name, and takes anything else as a folder", () => {
    expect(checkpointFolder("fashion-mnist")).toBe(join(packageFolder(), "checkpoints", "fashion-mnist"));
    expect(checkpointFolder("src")).toBe("src");
    expect(checkpointFolder("runs/mnist")).toBe("runs/mnist");
  });
});
