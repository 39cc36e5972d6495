export * from "../array/index.js";
