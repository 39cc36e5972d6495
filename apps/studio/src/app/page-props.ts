import { type Route } from "./route.js";

/** The properties of a page. */
export interface PageProps {
  /** The state in the address as the page was opened, or as the browser's buttons changed it. */
  readonly state: Route["state"];
}
