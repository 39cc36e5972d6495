import { join } from "node:path";
import { type Article, type ArticleSection, type Figure, renderArticle } from "../../src/report/index.js";
import { writeFileAtomically } from "../../src/storage/index.js";
import { scoreTexts } from "./chart-text.js";
import { lossFigure, tauFigure } from "./curves-figure.js";
import { type KeptRun, type KeptSweep } from "./kept.js";
import { planesFigure } from "./planes-figure.js";
import { type CheckerboardResult, type Scores } from "./result.js";
import { settingsText, settingText, sharedSettings } from "./sweep-text.js";

/**
 * The table of runs: for each run the joint model and the adapter alone, with one and four evaluations; then the floor.
 */
export function scoresTable(results: readonly CheckerboardResult[]): { head: string[]; rows: string[][] } {
  const rows = results.flatMap(({ preset, iterations, joint, frozen }) =>
    (["k1", "k4"] as const).flatMap((k) => [
      line(`${preset}: joint, ${iterations} iterations`, k.slice(1), joint[k]),
      line(`${preset}: adapter alone`, k.slice(1), frozen[k]),
    ]),
  );
  const floor = results.slice(0, 1).map(({ exact }) => line("exact posterior", "", exact.k1));
  return { head: tableHead, rows: [...rows, ...floor] };
}

const tableHead = ["", "steps", ...scoreTexts.map(({ title }) => title)];

function line(name: string, k: string, scores: Scores): string[] {
  return [name, k, ...scoreTexts.map((text) => scores[text.name].toFixed(3))];
}

/** The scores after each stage of the joint model. */
function stagesTable({ stages = [], joint, iterations }: CheckerboardResult): { head: string[]; rows: string[][] } {
  const before = stages.reduce((sum, { steps }) => sum + steps, 0);
  const all = [...stages, { name: "the last", steps: iterations - before, ...joint }];
  const rows = all.flatMap((stage, i) =>
    (["k1", "k4"] as const).map((k) =>
      line(`${i + 1}: ${stage.name}, ${stage.steps} iterations`, k.slice(1), stage[k]),
    ),
  );
  return { head: tableHead, rows };
}

function sweepText({ baseline, cells }: KeptSweep): string {
  const shared = Object.entries(sharedSettings(cells)).map(([name, value]) => settingText(name, value));
  return [
    `${cells.length} joint models, all from one flow map (preset "${baseline.preset}"), ${baseline.iterations} iterations each, `,
    `scored on ${baseline.pairs} observations with ${baseline.samples} samples each`,
    ...(shared.length > 0 ? [`; all have ${shared.join(", ")}`] : []),
    ".",
  ].join("");
}

/** The table of a sweep: every cell with one evaluation; then the adapter alone and the floor. */
export function sweepTable({ baseline, cells }: KeptSweep): { head: string[]; rows: string[][] } {
  const tauOf = ({ settings }: (typeof cells)[number]): number => (typeof settings.tau === "number" ? settings.tau : 0);
  const sorted = cells.toSorted((a, b) => tauOf(a) - tauOf(b));
  const rows = sorted.map((cell) => line(settingsText(cells, cell) || cell.name, "1", cell.joint.k1));
  return {
    head: tableHead,
    rows: [...rows, line("adapter alone", "1", baseline.frozen.k1), line("exact posterior", "", baseline.exact.k1)],
  };
}

/**
 * Writes a report with its figures: report.html, which needs no other file, and figures/*.svg and *.png.
 *
 * @returns the names of the files in `folder`
 */
export async function writeCheckerboardReport(
  folder: string,
  runs: readonly KeptRun[],
  sweep: KeptSweep | undefined,
): Promise<string[]> {
  const figures: Record<string, Figure> = {};
  const sections: ArticleSection[] = [];
  const draw = async (name: string, alternative: string, figure: Promise<Figure>) => {
    figures[name] = await figure;
    return { svg: figures[name].svg, alternative };
  };
  for (const { result, figures: data } of runs) {
    const { preset, iterations, seconds, stages } = result;
    sections.push({
      title: `Preset "${preset}"`,
      text: `${iterations} joint iterations from the flow map that the adapter alone starts from, too; ${Math.round(seconds / 60)} minutes for everything.`,
      figures: [
        await draw(`${preset}-planes`, `Latent and data planes of the preset ${preset}`, planesFigure(data.planes)),
        await draw(`${preset}-losses`, `Training curves of the preset ${preset}`, lossFigure(data.losses)),
      ],
    });
    if (stages !== undefined)
      sections.push({
        title: `What each stage of "${preset}" brings`,
        text: "Scores after every stage from the first joint one on.",
        table: stagesTable(result),
      });
  }
  if (sweep !== undefined && sweep.cells.length > 0) {
    const taus = new Set(sweep.cells.map(({ settings }) => settings.tau));
    sections.push({
      title: "The sweep",
      text: sweepText(sweep),
      ...(taus.size > 1 && { figures: [await draw("tau", "Scores over tau", tauFigure(sweep))] }),
      table: sweepTable(sweep),
    });
  }
  const article: Article = {
    ...head(runs, sweep),
    sections: [...(runs.length > 0 ? [scoresSection(runs)] : []), ...sections],
  };
  const files: Record<string, string | Buffer> = { "report.html": renderArticle(article) };
  for (const [name, { svg, png }] of Object.entries(figures)) {
    files[`figures/${name}.svg`] = svg;
    files[`figures/${name}.png`] = png;
  }
  for (const [name, content] of Object.entries(files)) await writeFileAtomically(join(folder, name), content);
  return Object.keys(files);
}

function head(runs: readonly KeptRun[], sweep: KeptSweep | undefined): Pick<Article, "title" | "lead" | "facts"> {
  const { pairs, samples, seed } = runs[0]?.result ?? sweep?.baseline ?? { pairs: 0, samples: 0, seed: 0 };
  return {
    title: "The checkerboard: posterior samples in one step",
    lead:
      "Points x lie on eight of sixteen squares, and only the first coordinate is observed: y = x1 + noise. The exact posterior " +
      "has two squares or more in x2, so that a Gaussian over the data cannot hold it; a Gaussian over the noise can, once the " +
      "flow map is trained jointly with it.",
    facts: [
      { name: "Observations", value: String(pairs) },
      { name: "Samples each", value: String(samples) },
      { name: "Seed", value: String(seed) },
    ],
  };
}

function scoresSection(runs: readonly KeptRun[]): ArticleSection {
  return {
    title: "The scores",
    text: scoreTexts.map(({ title, explanation }) => `${title}: ${explanation}.`).join(" "),
    table: scoresTable(runs.map(({ result }) => result)),
  };
}
