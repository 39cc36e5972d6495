import { serve, type Services } from "../bus/index.js";
import { type PageWithWorker } from "./start-worker.js";

// One file for the workers of all pages: what they share, the library first of all, is in the site once.
const offers: Readonly<Record<PageWithWorker, () => Promise<{ services: Services }>>> = {
  posterior: () => import("../posterior/worker/offered.js"),
  train: () => import("../train/worker/offered.js"),
  learn: () => import("../learn/worker/offered.js"),
};

const { services } = await offers[self.name as PageWithWorker]();
serve(services);
