// What every worker that computes starts with: ONNX Runtime and a `fetch` that keeps the site's files.
export { type EngineFacts, startEngine } from "./start-engine.js";
