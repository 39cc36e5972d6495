import { expect, it } from "vitest";
import { hostArray } from "../array/index.js";
import { imageProblem, mnistProblems } from "../operators/index.js";
import { updateLine, updateNote } from "./update-note.js";

const [{ name, sigma }] = mnistProblems;
const problem = imageProblem(name, { sigma });
const update = { temperature: 0.9, residual: { scales: hostArray([1], [1]), saturation: 0 } };

it("says whether samples are conditioned on their observation once more, and why not", () => {
  const updates = new Map([[name, update]]);
  expect(updateNote({ updates }, problem)).toEqual({ update: true });
  expect(updateLine({ update: true })).toEqual([]);
  const reasons = [
    updateNote({}, problem),
    updateNote({ updates: new Map() }, problem),
    updateNote({ updates: new Map([[name, { temperature: 0.9 }]]) }, problem),
    updateNote({ updates: new Map([[name, { temperature: 1 }]]) }, problem),
    updateNote({ updates }, problem, "y is not known"),
  ];
  expect(reasons.flatMap((note) => updateLine(note))).toEqual([
    "no update on the observation: the checkpoint has no updates: vfm fit-updates makes them",
    `no update on the observation: the checkpoint's updates have none for ${name}: vfm fit-updates makes it`,
    `no update on the observation: the update of ${name} is its temperature alone`,
    `no update on the observation: the fit chose the networks alone for ${name}`,
    "no update on the observation: y is not known",
  ]);
  for (const note of reasons) expect(note).toMatchObject({ update: false });
});
