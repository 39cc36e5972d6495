import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type DiagnosticName, type VerdictSummary } from "../metrics/calibration/index.js";
import { type ArticleSection, renderArticle } from "./article.js";
import { type Figure } from "./chart.js";
import { verdictHead, verdictRow } from "./verdict-table.js";

/** One sampler of a report. */
export interface ReportedSampler {
  /** Its key in the JSON; `figureName` gives the name of its figure's files. */
  name: string;
  title: string;
  summary: VerdictSummary;
  /** Draws its figure; only reports need one. */
  draw(): Promise<Figure>;
}

/** The contents of a calibration report. */
export interface CalibrationReport {
  title: string;
  lead: string;
  facts: readonly { name: string; value: string }[];
  samplers: readonly ReportedSampler[];
}

const explanations: Record<DiagnosticName, string> = {
  "sbc-chi-square": "The ranks of a coordinate of the truth among its samples, in bins: all ranks are equally likely.",
  "sbc-ecdf": "The same ranks without bins, by their whole empirical distribution; more sensitive to a shift.",
  coverage: "A central interval of 50 % contains the truth in 50 % of the cases, and likewise at every level.",
  tarp: "The same for balls around random points (TARP), which test all coordinates together.",
  "tarp-observation":
    "TARP with points near the observation. Samples of the prior pass all tests above, because they are calibrated although they ignore the observation; this test catches them.",
  "sbc-likelihood":
    "The ranks of the likelihood log p(y | x) of the truth among its samples'. This test catches the prior too.",
};

/** The name of the files of a sampler's figure, without their ending. A problem may have any name. */
export function figureName(sampler: string): string {
  return sampler.replaceAll(/[^\w -]/gu, (letter) => `%${(letter.codePointAt(0) ?? 0).toString(16)}`);
}

/** Writes report.html, and <sampler>.svg and .png for each figure, one by one into a folder that exists. */
export async function writeCalibrationReport(
  folder: string,
  { title, lead, facts, samplers }: CalibrationReport,
): Promise<void> {
  const figures: Record<string, Figure> = {};
  for (const { name, draw } of samplers) figures[name] = await draw();
  const sections: ArticleSection[] = [
    {
      title: "Verdicts",
      text: "A sampler is caught if one of its tests has a p-value below the threshold. A count such as 2/9 gives the tests that reject and all tests.",
      table: { head: verdictHead, rows: samplers.map(({ name, summary }) => verdictRow(name, summary)) },
    },
    {
      title: "The diagnostics",
      text: "Each compares truths with posterior samples, drawn given an observation of the truth: if the samples are exact, truth and samples cannot be told apart.",
      table: { head: ["diagnostic", "what has to hold"], rows: Object.entries(explanations) },
    },
    ...samplers.map(({ name, title: heading, summary }) => ({
      title: `${name}: ${heading}`,
      text:
        summary.caughtBy.length === 0
          ? "Passes every diagnostic. Grey is the range of an exact sampler."
          : `Caught by ${summary.caughtBy.join(", ")}. Grey is the range of an exact sampler.`,
      figures: [{ svg: figures[name].svg, alternative: `Diagnostics of the sampler ${name}` }],
    })),
  ];
  for (const [name, { svg, png }] of Object.entries(figures)) {
    await writeFile(join(folder, `${figureName(name)}.svg`), svg);
    await writeFile(join(folder, `${figureName(name)}.png`), png);
  }
  await writeFile(join(folder, "report.html"), renderArticle({ title, lead, facts, sections }));
}
