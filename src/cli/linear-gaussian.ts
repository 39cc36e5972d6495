import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { studyLinearGaussian, studyTables } from "../../studies/linear-gaussian/index.js";
import { writeFileAtomically } from "../storage/index.js";
import { type Context, type Outcome } from "./command.js";
import { requireWritable } from "./outputs.js";
import { textTable } from "./text-table.js";

/** `vfm experiment linear-gaussian`: the numbers of docs/theory.md, written to `out`/study.json. */
export async function runLinearGaussian(out: string, { signal, progress }: Context): Promise<Outcome> {
  await requireWritable(out, "folder");
  const study = await studyLinearGaussian({
    beforePart: async (done, name) => {
      progress.update(done, name);
      // Signals and the progress bar need their turn.
      await setImmediate();
      signal.throwIfAborted();
    },
  });
  const path = join(out, "study.json");
  await writeFileAtomically(path, `${JSON.stringify(study, null, 2)}\n`);
  const tables = studyTables(study).map(({ title, head, rows }) => `${title}\n\n${textTable(head, rows)}\n`);
  return { json: { ...study }, text: [...tables, `Kept: ${path}`].join("\n") };
}
