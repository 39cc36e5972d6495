// The differences between Node and a browser: ONNX Runtime and files. The imports #runtime and #files are node/ in Node
// and web/ in a browser (see package.json); the other files here run in both.
export { openSession, type SessionOptions } from "./session.js";
export * from "./types.js";
export { configureWasm, type WasmSettings } from "./wasm.js";
