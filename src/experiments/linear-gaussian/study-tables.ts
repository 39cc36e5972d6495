import { type PosteriorErrors } from "./adapter.js";
import { type LinearGaussianStudy } from "./study.js";

/** A table of the study, as text. */
export interface StudyTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The study as the three tables of docs/theory.md: relative errors in the Frobenius norm. */
export function studyTables({ adapterAlone, reconstruction, joint }: LinearGaussianStudy): StudyTable[] {
  const cells = ({ mean, covariance, prior }: PosteriorErrors): string[] =>
    [mean, covariance, prior].map((value) => value.toFixed(3));
  const errors = ["mean", "covariance", "prior"];
  return [
    {
      title: "the adapter alone",
      head: ["flow map", ...errors],
      rows: adapterAlone.map(({ root, ...found }) => [root, ...cells(found)]),
    },
    {
      title: "joint, with a reconstruction term",
      head: ["tau", ...errors],
      rows: reconstruction.map(({ tau, ...found }) => [String(tau), ...cells(found)]),
    },
    {
      title: "joint, through the transport of the coupling",
      head: ["alpha", ...errors.map((name) => `minimum: ${name}`), ...errors.map((name) => `equilibrium: ${name}`)],
      rows: joint.map(({ alpha, minimum, equilibrium }) => [String(alpha), ...cells(minimum), ...cells(equilibrium)]),
    },
  ];
}
