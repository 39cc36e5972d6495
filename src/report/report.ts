import { InputError } from "../errors.js";
import { writeFileAtomically } from "../storage/index.js";
import { columnsOf } from "./columns.js";
import { type Html, html, nothing } from "./html.js";
import { type PageHead, renderPage } from "./page.js";
import { problemSection, type ReportProblem } from "./problem-section.js";

/** A page of posterior samples. */
export interface Report extends PageHead {
  problems: readonly ReportProblem[];
}

/**
 * A report as one HTML page that needs no other file and no network; images are embedded as PNG.
 *
 * @throws InputError if there is no problem or a problem has no rows
 * @throws ShapeError if an image cannot be shown
 */
export async function renderReport(report: Report): Promise<string> {
  const { problems } = report;
  if (problems.length === 0) throw new InputError("a report needs at least one problem");
  const empty = problems.find(({ rows }) => rows.length === 0);
  if (empty !== undefined) throw new InputError(`a report of the problem ${empty.name} needs at least one row`);
  const top = brightestDeviation(problems);
  const sections = await Promise.all(problems.map((problem) => problemSection(problem, top)));
  return renderPage(report, html`${howToRead(top)} ${figuresSection(problems)} ${sections}`);
}

/** Writes a report's page, atomically. Throws as `renderReport` does. */
export async function writeReport(path: string, report: Report): Promise<void> {
  await writeFileAtomically(path, await renderReport(report));
}

function howToRead(top: number): Html {
  return html`<section>
    <h2>How to read the images</h2>
    <dl>
      <dt>Observation</dt>
      <dd>All that the model was given: the true image degraded, with noise. It may be smaller than the image.</dd>
      <dt>Posterior samples</dt>
      <dd>
        Images that are plausible given the observation, according to the model. Where they differ, the observation does
        not decide.
      </dd>
      <dt>Mean</dt>
      <dd>The average of the samples. It is blurred exactly where the samples disagree.</dd>
      <dt>Std</dt>
      <dd>
        The uncertainty map: the samples' standard deviation, dark for 0, bright for ${top.toFixed(2)} or more on pixels
        in [-1, 1]. The scale is the same in the whole report.
      </dd>
    </dl>
  </section>`;
}

function figuresSection(problems: readonly ReportProblem[]): Html {
  const columns = columnsOf(problems.map(({ metrics = {} }) => metrics));
  if (columns.length === 0) return nothing;
  const cell = (value: number | undefined, format: (value: number) => string): Html =>
    html`<td>${value === undefined ? "–" : format(value)}</td>`;
  const lines = problems.map(
    ({ name, title, sigma, metrics = {} }) =>
      html`<tr>
        <td><a href="#${name}">${title}</a><small>σ ${sigma}</small></td>
        ${columns.map((column) => cell(metrics[column.name], column.format))}
      </tr>`,
  );
  return html`<section>
    <h2>The figures</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Problem</th>
            ${columns.map(({ title, explanation }) => html`<th title="${explanation}">${title}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${lines}
        </tbody>
      </table>
    </div>
    <dl>
      ${columns.map(
        ({ title, explanation }) =>
          html`<dt>${title}</dt>
            <dd>${explanation}</dd>`,
      )}
    </dl>
  </section>`;
}

/** The value shown brightest in every uncertainty map: the 99th percentile over the whole report. */
function brightestDeviation(problems: readonly ReportProblem[]): number {
  const deviations = problems.flatMap(({ rows }) => rows.flatMap(({ std }) => std?.data ?? []));
  const all = new Float32Array(deviations.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const data of deviations) {
    all.set(data, position);
    position += data.length;
  }
  all.sort();
  return Math.max(0.01, all[Math.floor(0.99 * (all.length - 1))]);
}
