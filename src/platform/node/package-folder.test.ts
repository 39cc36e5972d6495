import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { modelFolder, packageFolder } from "./package-folder.js";

describe("modelFolder", () => {
  it("knows the shipped models by name, and takes anything else as a folder", () => {
    expect(modelFolder("fashion-mnist")).toBe(join(packageFolder(), "checkpoints", "fashion-mnist"));
    expect(modelFolder("src")).toBe("src");
    expect(modelFolder("runs/mnist")).toBe("runs/mnist");
  });
});
