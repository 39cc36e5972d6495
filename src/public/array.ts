// Array functions for traced and differentiated code, arrays on the host, seeded random numbers.
export * from "../array/index.js";
