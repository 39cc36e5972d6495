// TypeScript does not find the package's own declarations through its "exports"; these are the functions used here.
declare module "cephes" {
  /** Resolved when the functions can be called. */
  export const compiled: Promise<void>;
  /** P(X > x) of a chi-square variable. */
  export function chdtrc(degreesOfFreedom: number, x: number): number;
  /** P(X <= k) of a binomial variable of n trials of probability p. */
  export function bdtr(k: number, n: number, p: number): number;
  /** log |Gamma(x)|. */
  export function lgam(x: number): number;
  /** The error function. */
  export function erf(x: number): number;
  /** The standard normal distribution function. */
  export function ndtr(x: number): number;
  /** The standard normal quantile. */
  export function ndtri(probability: number): number;
}
