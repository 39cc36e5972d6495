import { type ArticleFigure, type ArticleSection } from "../../src/report/index.js";
import { type Cell } from "./cell.js";
import { partPath } from "./part-path.js";
import { type PictureRow, pictureGrid } from "./pictures.js";
import { picturedSteps, type Prior, priorRow } from "./kept-prior.js";
import { roles } from "./roles.js";

/**
 * What the Variational Flow Map can do and networks that only take the observation cannot, shown by computed results: a
 * prior that still generates, several steps, and likelihoods other than those of the training.
 *
 * @param folder the folder with the run's pictures
 */
export async function abilitySections(
  { cells, prior, unseen }: { cells: readonly Cell[]; prior: readonly Prior[]; unseen: readonly Cell[] },
  folder: string,
): Promise<ArticleSection[]> {
  const sections = [
    await priorSection(prior, folder),
    stepsSection(cells),
    ...(unseen.length === 0 ? [] : [await unseenSection(unseen, folder)]),
  ];
  return sections.filter((section) => section !== undefined);
}

/** A figure of pictures; none if there are no pictures. */
async function figureOf(rows: readonly PictureRow[], alternative: string): Promise<ArticleFigure[]> {
  const svg = await pictureGrid(rows);
  return svg === undefined ? [] : [{ svg, alternative }];
}

async function priorSection(prior: readonly Prior[], folder: string): Promise<ArticleSection> {
  const text = (value: number | null, digits: number): string => (value === null ? "–" : value.toFixed(digits));
  const rowsOf = (dataset: string): PictureRow[] =>
    ["before", "after"].flatMap((model) =>
      picturedSteps.map((steps) => ({
        label: `${model}, ${steps} ${steps === 1 ? "step" : "steps"}`,
        path: partPath(folder, "png", dataset, "prior", priorRow(model, steps)),
      })),
    );
  const figures = await Promise.all(
    prior.map(({ dataset }) =>
      figureOf(rowsOf(dataset), `unconditional samples before and after joint training, ${dataset}`),
    ),
  );
  return {
    title: "The prior still generates",
    text: "Fréchet distance in the classifier's features of one-step unconditional samples to the training images, of the flow map before joint training and of the joint model; below, samples of both from the same noise. Networks that see the observation have no prior.",
    table: {
      head: ["data set", "before", "after", "ratio", "samples"],
      rows: prior.map(({ dataset, before, after, ratio, samples }) => [
        dataset,
        text(before, 1),
        text(after, 1),
        text(ratio, 2),
        String(samples),
      ]),
    },
    figures: figures.flat(),
  };
}

function stepsSection(cells: readonly Cell[]): ArticleSection | undefined {
  const steps = /^vfm-(\d+)$/;
  const own = cells.filter(({ method }) => steps.test(method));
  const counts = [...new Set(own.map(({ method }) => method))];
  if (counts.length < 2) return undefined;
  const first = own.filter(({ method }) => method === roles.vfm);
  return {
    title: "Several steps",
    text: "CRPS of the same model with more evaluations a sample; where more do not help, one is enough.",
    table: {
      head: ["problem", ...counts],
      rows: first.map(({ dataset, problem }) => [
        `${dataset}, ${problem}`,
        ...counts.map((method) => {
          const cell = own.find((of) => of.dataset === dataset && of.problem === problem && of.method === method);
          return cell === undefined ? "–" : cell.crps.toFixed(4);
        }),
      ]),
    },
  };
}

async function unseenSection(unseen: readonly Cell[], folder: string): Promise<ArticleSection> {
  const problems = [...new Set(unseen.map(({ dataset, problem }) => `${dataset}\n${problem}`))].map((key) => {
    const [dataset, problem] = key.split("\n");
    return { dataset, problem, own: unseen.filter((cell) => cell.dataset === dataset && cell.problem === problem) };
  });
  const figures = await Promise.all(
    problems.map(({ dataset, problem, own }) =>
      figureOf(
        ["truth", ...own.map(({ method }) => method)].map((name) => ({
          label: name === "truth" ? "truth, A^T y" : name,
          path: partPath(folder, "png", dataset, problem, name),
        })),
        `samples of ${dataset}, ${problem}`,
      ),
    ),
  );
  const optional = (value: number | null, digits: number): string => (value === null ? "–" : value.toFixed(digits));
  return {
    title: "Likelihoods that no network was trained on",
    text: "Operators and noise that the training did not have. Networks are told the class of the problem that is most alike, and see A^T y; the update on the observation and the guided sampler (on the joint model's own prior) know the true operator, which a conditional network has no way to use: look at the misfit. The guided sampler's settings are those tuned for the similar problem.",
    table: {
      head: ["problem", "method", "CRPS", "90 % coverage", "misfit", "label", "evaluations"],
      rows: problems.flatMap(({ dataset, problem, own }) =>
        own.map((cell) => [
          `${dataset}, ${problem}`,
          cell.method,
          cell.crps.toFixed(4),
          optional(cell.coverage90, 3),
          cell.misfit.toFixed(2),
          optional(cell.labelAgreement, 3),
          String(cell.evaluations),
        ]),
      ),
    },
    figures: figures.flat(),
  };
}
