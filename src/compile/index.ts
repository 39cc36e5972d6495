export { compile, toOnnx } from "./compile.js";
export * from "./types.js";
