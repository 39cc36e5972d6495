import { choose, desk, forget, gate, trainRequest } from "./run.js";
import { type TrainServices } from "./services.js";

/** What the worker of this page offers. */
export const services: TrainServices = {
  train: trainRequest,
  choose: async (settings) => choose(settings),
  pause: async (paused) => (paused ? gate.close() : gate.open()),
  look: (y) => desk.look(y),
  reset: async () => forget(),
};
