import { type Browser } from "playwright-core";
import { type Site } from "./site.js";

/** The built studio, served, and the browser that visits it. */
export interface Studio {
  readonly browser: Browser;
  readonly site: Site;
}
