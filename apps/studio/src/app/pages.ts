import { type ComponentType } from "preact";
import { type PageProps } from "./page-props.js";

/** A page of the studio. */
export interface Page {
  /** Its place in the address: `#/posterior`. */
  readonly path: string;
  readonly title: string;
  /** Loads the page's code when it is first opened. */
  load(): Promise<ComponentType<PageProps>>;
}

/** The studio's pages in the order of its menu; the first one opens where the address names none. */
export const pages: readonly Page[] = [
  {
    path: "posterior",
    title: "Posterior",
    load: async () => (await import("../posterior/page.js")).PosteriorPage,
  },
  {
    path: "train",
    title: "Train",
    load: async () => (await import("../train/page.js")).TrainPage,
  },
  {
    path: "learn",
    title: "Learn",
    load: async () => (await import("../learn/page.js")).LearnPage,
  },
];
