import { type Html, html, nothing } from "./html.js";
import { type PageHead, renderPage } from "./page.js";

/** A cell of a table: its text, or its text in bold. */
export type ArticleCell = string | { strong: string };

/** A table of text: the first column is left-aligned, the others are right-aligned. */
export interface ArticleTable {
  head: readonly string[];
  rows: readonly (readonly ArticleCell[])[];
}

/** A figure of an article: an SVG with its alternative text. */
export interface ArticleFigure {
  svg: string;
  alternative: string;
}

/** One section: an introduction, then a table, then figures. */
export interface ArticleSection {
  title: string;
  text: string;
  table?: ArticleTable;
  figures?: readonly ArticleFigure[];
}

/** A page of tables and figures. */
export interface Article extends PageHead {
  sections: readonly ArticleSection[];
}

/** An article as one HTML page that needs no other file and no network; figures are embedded. */
export function renderArticle({ sections, ...head }: Article): string {
  return renderPage(head, html`${sections.map(articleSection)}`);
}

function articleSection({ title, text, table, figures = [] }: ArticleSection): Html {
  return html`<section>
    <h2>${title}</h2>
    <p>${text}</p>
    ${table === undefined ? nothing : articleTable(table)} ${figures.map(articleFigure)}
  </section>`;
}

function articleTable({ head, rows }: ArticleTable): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${head.map((cell) => html`<th>${cell}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell) => html`<td>${typeof cell === "string" ? cell : html`<b>${cell.strong}</b>`}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

// Each figure is a separate image, because the identifiers inside two SVGs of one page would clash.
function articleFigure({ svg, alternative }: ArticleFigure): Html {
  const uri = `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
  return html`<div class="scroll figure"><img src="${uri}" alt="${alternative}" /></div>`;
}
