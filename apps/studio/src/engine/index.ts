// The start of every worker that computes: ONNX Runtime and a `fetch` that caches the site's files.
export { type EngineFacts, startEngine } from "./start-engine.js";
