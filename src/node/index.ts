// What needs Node: image files, data sets in files and how they are fetched.
export * from "./data/index.js";
