import { encodeObservation } from "variational-flow-maps/checkpoint";
import { serve } from "../../bus/index.js";
import { openModel } from "./models.js";
import { observeRequest } from "./observe.js";
import { guideRequest, sampleRequest } from "./sample.js";
import { type PosteriorServices } from "./services.js";

const services: PosteriorServices = {
  open: ({ site, model }, report) => openModel(site, model, report),
  sample: sampleRequest,
  guide: guideRequest,
  observationFile: async (request) => encodeObservation(await observeRequest(request)),
};

serve(services);
