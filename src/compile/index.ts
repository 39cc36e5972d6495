export { compile } from "./compile.js";
export * from "./types.js";
