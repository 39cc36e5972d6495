import fc from "fast-check";
import * as models from "../../../src/public/models.js";
import { optionalCount } from "../option-rules.js";
import { ofFunction, type Subject } from "../subject.js";
import { notOptions, notShape } from "../values.js";

/** The constructors of networks. */
export const networkSubjects: Subject[] = [
  ["mlp", models.mlp, { shape: [2], width: 4, depth: 1 }],
  ["residualMlp", models.residualMlp, { shape: [1, 4, 4], width: 4, depth: 1, embedding: 4 }],
  ["unet", models.unet, { shape: [1, 8, 8], channels: 4, groups: 2, embedding: 4 }],
  ["mlpAdapter", models.mlpAdapter, { shape: [2], observationShape: [2], width: 4, depth: 1, problems: 1 }],
].map(([name, make, settings]) =>
  ofFunction({
    name: `models.${name as string}`,
    call: make as (settings: object) => models.FlowMapNetwork,
    valid: fc.tuple(fc.constant(settings as object)),
    wrong: [
      notOptions(
        {
          shape: notShape(),
          ...("width" in (settings as object) && { width: optionalCount, depth: optionalCount }),
        },
        { required: ["shape"] },
      ),
    ],
  }),
);
