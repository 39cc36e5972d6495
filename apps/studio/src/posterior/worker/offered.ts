import { encodeObservation } from "variational-flow-maps/checkpoint";
import { openModel } from "./models.js";
import { observeRequest } from "./observe.js";
import { guideRequest, sampleRequest } from "./sample.js";
import { type PosteriorServices } from "./services.js";

/** What the worker of this page offers. */
export const services: PosteriorServices = {
  open: openModel,
  sample: sampleRequest,
  guide: guideRequest,
  observationFile: async (request) => encodeObservation(await observeRequest(request)),
};
