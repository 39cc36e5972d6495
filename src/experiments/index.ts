export * from "./checkerboard/index.js";
