import { type Subject } from "./subject.js";
import { arraySubjects } from "./subjects/arrays.js";
import { calibrationSubjects } from "./subjects/calibration.js";
import { commandLineSubjects } from "./subjects/commands.js";
import { compileSubjects } from "./subjects/compile.js";
import { fileSubjects } from "./subjects/files.js";
import { flowSubjects } from "./subjects/flow.js";
import { metricSubjects } from "./subjects/metrics.js";
import { networkSubjects } from "./subjects/networks.js";
import { operatorSubjects } from "./subjects/operators.js";
import { samplingSubjects } from "./subjects/sampling.js";
import { trainingSubjects } from "./subjects/training.js";

/** All subjects; `close` removes the files that they have made. */
export async function prepare(): Promise<{ subjects: Subject[]; close(): Promise<void> }> {
  const files = await fileSubjects();
  const commands = await commandLineSubjects();
  return {
    subjects: [
      ...metricSubjects,
      ...calibrationSubjects,
      ...arraySubjects,
      ...operatorSubjects,
      ...flowSubjects,
      ...compileSubjects,
      ...networkSubjects,
      ...samplingSubjects,
      ...trainingSubjects,
      ...files.subjects,
      ...commands.subjects,
    ],
    close: async () => {
      await files.close();
      await commands.close();
    },
  };
}
