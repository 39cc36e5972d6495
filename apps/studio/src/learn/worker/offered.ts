import { judge } from "./judge.js";
import { answersTo, openModels } from "./models.js";
import { type LearnServices } from "./services.js";

/** What the worker of this page offers. */
export const services: LearnServices = {
  open: ({ site }) => openModels(site),
  look: answersTo,
  judge,
};
