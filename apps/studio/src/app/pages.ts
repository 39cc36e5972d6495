import { type ComponentType } from "preact";
import { type PageProps } from "./page-props.js";

/** A page of the studio. */
export interface Page {
  /** Its place in the address: `#/posterior`. */
  readonly path: string;
  readonly title: string;
  /** One sentence for the list of pages and for the document's title. */
  readonly summary: string;
  /** Loads the page's code when it is first opened. */
  load(): Promise<ComponentType<PageProps>>;
}

/** The studio's pages in the order of its menu; the first one opens where the address names none. */
export const pages: readonly Page[] = [
  {
    path: "posterior",
    title: "Posterior",
    summary: "drag an observation and see samples of its posterior",
    load: async () => (await import("../posterior/page.js")).PosteriorPage,
  },
  {
    path: "train",
    title: "Train",
    summary: "train a flow map and its adapter in the page",
    load: async () => (await import("../train/page.js")).TrainPage,
  },
  {
    path: "learn",
    title: "Learn",
    summary: "from noise to a calibrated posterior, step by step",
    load: async () => (await import("../learn/page.js")).LearnPage,
  },
];
