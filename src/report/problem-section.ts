import { type HostArray } from "../array/index.js";
import { metricColumns, type MetricName, type ReportedMetrics } from "./columns.js";
import { type Html, html, nothing } from "./html.js";
import { imageUri, uncertaintyUri } from "./image.js";

/** One observed image with its posterior samples; images are float32 [C, H, W], values in [-1, 1]. */
export interface ReportRow {
  /** The image that was degraded; absent if it is not known. */
  truth?: HostArray;
  observation: HostArray;
  samples: readonly HostArray[];
  /** Mean of the samples, pixel by pixel. */
  mean: HostArray;
  /** Standard deviation of the samples, pixel by pixel; absent if there is one sample. */
  std?: HostArray;
}

/** One inverse problem of a report. */
export interface ReportProblem {
  /** The problem's name in commands, e.g. "inpaint-box". */
  name: string;
  /** A heading, e.g. "Box inpainting". */
  title: string;
  /** One sentence on the degradation of the image. */
  description: string;
  /** Standard deviation of the observation's noise on pixels in [-1, 1]. */
  sigma: number;
  rows: readonly ReportRow[];
  metrics?: ReportedMetrics | undefined;
}

/**
 * Images up to this width are shown at twice their size in the strip of samples, and at four times their size beside
 * it.
 */
const smallImage = 32;

/** Figures that are similar for every problem, and are therefore shown only in the table. */
const costs: readonly MetricName[] = ["msPerSample", "evaluations"];

/**
 * The card of one problem: its figures, and a line of images for each row. `top` is the uncertainty shown brightest.
 */
export async function problemSection(problem: ReportProblem, top: number): Promise<Html> {
  const { name, title, description, sigma, rows, metrics = {} } = problem;
  const figures = metricColumns
    .filter((column) => !costs.includes(column.name))
    .flatMap((column) => {
      const value = metrics[column.name];
      if (value === undefined) return [];
      return [html`<span title="${column.explanation}">${column.title} <b>${column.format(value)}</b></span>`];
    });
  return html`<section class="problem" id="${name}">
    <header>
      <h2>${title}</h2>
      ${figures}
    </header>
    <p>${description} Noise of standard deviation ${sigma} on pixels in [-1, 1].</p>
    <div class="scroll">${await imageGrid(rows, top)}</div>
  </section>`;
}

async function imageGrid(rows: readonly ReportRow[], top: number): Promise<Html> {
  const withTruth = rows.some(({ truth }) => truth !== undefined);
  const count = Math.max(...rows.map(({ samples }) => samples.length));
  const across = Math.ceil(count / 2);
  const width = rows[0].mean.shape[2];
  const small = width <= smallImage ? 2 * width : 96;
  const sizes = `--across: ${across}; --small: ${small}px; --large: ${2 * small + 2}px`;
  const columns = `grid-template-columns: repeat(${withTruth ? 5 : 4}, max-content)`;
  const head = (text: string): Html => html`<div class="head">${text}</div>`;
  const lines = await Promise.all(rows.map((row) => imageLine(row, top, withTruth)));
  return html`<div class="rows" style="${sizes}; ${columns}">
    ${withTruth ? head("Truth") : nothing}${head("Observation")}
    <div class="head indented">${count} posterior samples</div>
    ${head("Mean")}
    <div class="head">
      Std <span class="scale">0<i></i>${top.toFixed(2)}</span>
    </div>
    ${lines}
  </div>`;
}

async function imageLine(row: ReportRow, top: number, withTruth: boolean): Promise<Html> {
  const large = async (image: HostArray, text: string): Promise<Html> =>
    html`<div class="large"><img src="${await imageUri(image)}" alt="${text}" /></div>`;
  const truth = row.truth === undefined ? html`<div></div>` : await large(row.truth, "truth");
  const samples = await Promise.all(
    row.samples.map(async (sample, i) => html`<img src="${await imageUri(sample)}" alt="sample ${i + 1}" />`),
  );
  const std =
    row.std === undefined
      ? html`<div></div>`
      : html`<div class="large"><img src="${await uncertaintyUri(row.std, top)}" alt="standard deviation" /></div>`;
  return html`${withTruth ? truth : nothing}${await large(row.observation, "observation")}
    <div class="samples">${samples}</div>
    ${await large(row.mean, "mean")}${std}`;
}
