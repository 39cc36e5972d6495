import { notNumber, notObject, notOneOf } from "./values.js";

// What is wrong with the options that many functions have.

/** A number of things, from 1 on. */
export const count = notNumber({ min: 1, whole: true });
/** The same, where it may be left out. */
export const optionalCount = notNumber({ min: 1, whole: true, optional: true });
export const seed = notNumber({ min: 0, whole: true });
/** An object of any kind. */
export const odd = notObject();
export const engineRules = { backend: notOneOf(["onnx", "jax"], { optional: true }), threads: optionalCount };
