// What every worker that computes starts with: the site's files, ONNX Runtime.
export { loadManifest, type Manifest, siteFolder, type StudioModel } from "./manifest.js";
export { type Engine, engineFolder, startEngine } from "./start-engine.js";
