import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { loweredPrimitives } from "./onnx/lower.js";

it("FEATURES.md lists just the primitives that the onnx engine has", async () => {
  const text = await readFile(new URL("../../FEATURES.md", import.meta.url), "utf8");
  const rows = [...text.matchAll(/^\| (\w+) +\| (yes|no) +\|/gm)];
  const listed = rows.filter(([, , onnx]) => onnx === "yes").map(([, primitive]) => primitive);
  expect(listed.sort()).toEqual([...loweredPrimitives].sort());
});
