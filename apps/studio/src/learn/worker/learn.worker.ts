import { serve } from "../../bus/index.js";
import { judge } from "./judge.js";
import { answersTo, openModels } from "./models.js";
import { type LearnServices } from "./services.js";

const services: LearnServices = {
  open: ({ site }) => openModels(site),
  look: answersTo,
  judge,
};

serve(services);
