import { Html, html } from "./html.js";
import { styles } from "./styles.js";

/** The head of a page. */
export interface PageHead {
  title: string;
  /** One or two sentences on the run. */
  lead: string;
  /** Facts about the run, e.g. { name: "Parameters", value: "1.2 million" }. */
  facts: readonly { name: string; value: string }[];
}

/** A whole HTML page that needs no other file and no network. */
export function renderPage({ title, lead, facts }: PageHead, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${new Html(styles)}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <p class="lead">${lead}</p>
          <ul class="facts">
            ${facts.map(({ name, value }) => html`<li>${name} <b>${value}</b></li>`)}
          </ul>
          ${body}
        </main>
      </body>
    </html> `.text;
}
