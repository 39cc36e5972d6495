import { describe, expect, it } from "vitest";
import { InputError } from "../errors.js";
import { gaussianNoise, identity, imageProblem, laplaceNoise, problem } from "../operators/index.js";
import { loadModel } from "./load-model.js";

describe("loading a model", () => {
  it("names the shipped models where there is none of this name", async () => {
    const refused = loadModel("mnits");
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow(
      'there is no folder "mnits", and the shipped models are cifar10, fashion-mnist, mnist',
    );
  });

  it("takes a problem of the caller only if it is the one that the model learnt", async () => {
    const same = imageProblem("denoise", { sigma: 0.5 });
    expect((await loadModel("mnist", { problems: [same] })).problem("denoise").observation).toBe(same.observation);
    const other = /"denoise" is not the one that the model learnt/;
    for (const observation of [gaussianNoise(identity(), 0.1), laplaceNoise(identity(), 0.5)])
      await expect(loadModel("mnist", { problems: [problem("denoise", observation)] })).rejects.toThrow(other);
    const unknown = problem("darken", gaussianNoise(identity(), 0.5));
    await expect(loadModel("mnist", { problems: [unknown] })).rejects.toThrow(/the model has no problem "darken"/);
  });
});
