import { type Subject } from "./subject.js";
import { arraySubjects } from "./subjects/arrays.js";
import { commandLineSubjects } from "./subjects/commands.js";
import { fileSubjects } from "./subjects/files.js";
import { methodSubjects } from "./subjects/method.js";
import { metricSubjects } from "./subjects/metrics.js";

/** All subjects; `close` removes the files that they have made. */
export async function prepare(): Promise<{ subjects: Subject[]; close(): Promise<void> }> {
  const files = await fileSubjects();
  const commands = await commandLineSubjects();
  return {
    subjects: [...metricSubjects, ...arraySubjects, ...methodSubjects, ...files.subjects, ...commands.subjects],
    close: async () => {
      await files.close();
      await commands.close();
    },
  };
}
