// The linear-Gaussian case, in which every minimum of the objective has a closed form: the numbers of docs/theory.md,
// and tests of its derivations.
export { type LinearGaussianStudy, studyLinearGaussian } from "./study.js";
export { type StudyTable, studyTables } from "./study-tables.js";
