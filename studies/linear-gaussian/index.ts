// The linear-Gaussian case, in which every minimum of the objective has a closed form: the numbers of docs/theory.md, and the
// tests of what is derived there.
export { type LinearGaussianStudy, studyLinearGaussian } from "./study.js";
export { type StudyTable, studyTables } from "./study-tables.js";
