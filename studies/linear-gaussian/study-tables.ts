import { type PosteriorErrors } from "./adapter.js";
import { type LinearGaussianStudy } from "./study.js";

/** A table of the study, as text. */
export interface StudyTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The study as the tables of docs/theory.md: relative errors in the Frobenius norm. */
export function studyTables(study: LinearGaussianStudy): StudyTable[] {
  const { adapterAlone, reconstruction, joint, scoredAlone, scoredJoint } = study;
  const cells = ({ mean, covariance, prior }: PosteriorErrors): string[] =>
    [mean, covariance, prior].map((value) => value.toFixed(3));
  const errors = ["mean", "covariance", "prior"];
  const prefixed = (name: string): string[] => errors.map((error) => `${name}: ${error}`);
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
      head: ["alpha", ...prefixed("minimum"), ...prefixed("equilibrium")],
      rows: joint.map(({ alpha, minimum, equilibrium }) => [String(alpha), ...cells(minimum), ...cells(equilibrium)]),
    },
    {
      title: "the adapter alone, scored",
      head: ["flow map", ...prefixed("pixels"), ...prefixed("energy")],
      rows: scoredAlone.map(({ root, pixel, energy }) => [root, ...cells(pixel), ...cells(energy)]),
    },
    {
      title: "joint, through the transport of the coupling, by the energy score",
      head: ["alpha", ...prefixed("equilibrium"), ...prefixed("prior scored too")],
      rows: scoredJoint.map(({ alpha, equilibrium, minimum }) => [
        String(alpha),
        ...cells(equilibrium),
        ...cells(minimum),
      ]),
    },
  ];
}
