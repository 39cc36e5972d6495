import { adapterChecks } from "./adapter-checks.js";
import { type Check } from "./check.js";
import { type Fixture } from "./fixture.js";
import { lossChecks } from "./loss-checks.js";
import { metricChecks } from "./metric-checks.js";
import { operatorChecks } from "./operator-checks.js";
import { samplerChecks } from "./sampler-checks.js";
import { dmftChecks, sitChecks } from "./transformer-checks.js";

/** What a fixture's numbers are compared with, by its kind. */
export const kinds = {
  adapter: adapterChecks,
  adapter_loss: lossChecks,
  dmft: dmftChecks,
  metrics: metricChecks,
  operators: operatorChecks,
  samplers: samplerChecks,
  sit: sitChecks,
} as const satisfies Record<string, (fixture: Fixture) => Check[]>;

/** The name of a kind of fixtures. */
export type Kind = keyof typeof kinds;
