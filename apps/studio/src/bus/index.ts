// Calls from a page to its worker: services by name, progress, cancelling, the latest request alone.
export { type CallOptions, connect, type Connection, WorkerFailure } from "./connect.js";
export { latest } from "./latest.js";
export { serve } from "./serve.js";
export { type InputOf, type OutputOf, type ProgressOf, type Service, type Services } from "./services.js";
