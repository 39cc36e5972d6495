import { type Subject } from "./subject.js";
import { arraySubjects } from "./subjects/arrays.js";
import { calibrationSubjects } from "./subjects/calibration.js";
import { commandLineSubjects } from "./subjects/commands.js";
import { compileSubjects } from "./subjects/compile.js";
import { fileSubjects } from "./subjects/files.js";
import { flowLossSubjects } from "./subjects/flow-losses.js";
import { flowSubjects } from "./subjects/flow.js";
import { layerSubjects } from "./subjects/layers.js";
import { metricSubjects } from "./subjects/metrics.js";
import { networkSubjects } from "./subjects/networks.js";
import { objectiveSubjects } from "./subjects/objective.js";
import { operatorSubjects } from "./subjects/operators.js";
import { samplingSubjects } from "./subjects/sampling.js";
import { serviceSubjects } from "./subjects/service.js";
import { trainedSubjects } from "./subjects/trained.js";
import { trainingSubjects } from "./subjects/training.js";

/** All subjects; `close` removes the files that they have made. */
export async function prepare(): Promise<{ subjects: Subject[]; close(): Promise<void> }> {
  const made = [await fileSubjects(), await commandLineSubjects(), await trainedSubjects(), await serviceSubjects()];
  return {
    subjects: [
      ...metricSubjects,
      ...calibrationSubjects,
      ...arraySubjects,
      ...operatorSubjects,
      ...flowSubjects,
      ...flowLossSubjects,
      ...objectiveSubjects,
      ...layerSubjects,
      ...compileSubjects,
      ...networkSubjects,
      ...samplingSubjects,
      ...trainingSubjects,
      ...made.flatMap(({ subjects }) => subjects),
    ],
    close: async () => {
      for (const { close } of made) await close();
    },
  };
}
