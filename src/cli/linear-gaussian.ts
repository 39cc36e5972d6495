import { join } from "node:path";
import { studyLinearGaussian, studyTables } from "../../studies/linear-gaussian/index.js";
import { writeFileAtomically } from "../storage/index.js";
import { type Outcome } from "./command.js";
import { textTable } from "./text-table.js";

/** `vfm experiment linear-gaussian`: the numbers of docs/theory.md, written to `out`/study.json. */
export async function runLinearGaussian(out: string): Promise<Outcome> {
  const study = studyLinearGaussian();
  const path = join(out, "study.json");
  await writeFileAtomically(path, `${JSON.stringify(study, null, 2)}\n`);
  const tables = studyTables(study).map(({ title, head, rows }) => `${title}\n\n${textTable(head, rows)}\n`);
  return { json: { ...study }, text: [...tables, `Kept: ${path}`].join("\n") };
}
