export * from "../nn/index.js";
