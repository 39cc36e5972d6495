// What Node and a browser do differently: ONNX Runtime and files. The imports #runtime and #files are node/ in Node and web/
// in a browser (package.json says which); the other files here run in both.
export { openSession, type SessionOptions } from "./session.js";
export * from "./types.js";
export { configureWasm, type WasmSettings } from "./wasm.js";
