// The sampler behind HTTP: requests are checked, put together into batches, and sampled in a thread of their own.
export { defaultLimits, type Limits } from "./limits.js";
export { type Service, type ServiceOptions, startService } from "./service.js";
