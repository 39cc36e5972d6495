import { bdtr, chdtrc, compiled, lgam } from "cephes";

// The functions are WebAssembly, which is compiled while the module is loaded.
await compiled;

/** P(X > x) of a chi-square variable with so many degrees of freedom. */
export function chiSquareTail(x: number, degreesOfFreedom: number): number {
  return chdtrc(degreesOfFreedom, x);
}

/** P(X <= k), X ~ Binomial(n, p); 0 below k = 0. */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return bdtr(k, n, p);
}

/** P(X = k), X ~ Binomial(n, p), for k = 0 ... n. */
export function binomialMass(k: number, n: number, p: number): number {
  if (p <= 0) return k === 0 ? 1 : 0;
  if (p >= 1) return k === n ? 1 : 0;
  const choices = lgam(n + 1) - lgam(k + 1) - lgam(n - k + 1);
  return Math.exp(choices + k * Math.log(p) + (n - k) * Math.log1p(-p));
}

/** The least k with P(X <= k) >= share, X ~ Binomial(n, p). */
export function binomialQuantile(share: number, n: number, p: number): number {
  let [low, high] = [0, n];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (binomialCdf(middle, n, p) >= share) high = middle;
    else low = middle + 1;
  }
  return low;
}
