/** A piece of finished HTML, as opposed to text that has to be escaped. */
export class Html {
  constructor(readonly text: string) {}
}

type Content = string | number | Html | readonly Html[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Template tag: text and numbers are escaped, pieces of HTML are inserted unchanged. */
export function html(parts: TemplateStringsArray, ...contents: Content[]): Html {
  return new Html(parts.reduce((before, part, i) => before + asText(contents[i - 1]) + part));
}

/** Empty HTML. */
export const nothing = new Html("");

function asText(content: Content): string {
  if (content instanceof Html) return content.text;
  if (typeof content === "object") return content.map(({ text }) => text).join("");
  return String(content).replace(/[&<>"']/g, (character) => entities[character]);
}
