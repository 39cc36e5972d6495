import { bdtr, chdtrc, compiled, lgam } from "cephes";

// The functions are WebAssembly, which is compiled when the module is loaded.
await compiled;

/** The logarithm below which a probability is almost 0 in double precision. */
const logSmallest = -700;

/** P(X > x) of a chi-square variable with these degrees of freedom; 0 if it underflows. */
export function chiSquareTail(x: number, degreesOfFreedom: number): number {
  // cephes throws where its result underflows; Chernoff's bound, (x/k e^(1 - x/k))^(k/2) for x > k, detects this case.
  const ratio = x / degreesOfFreedom;
  if (ratio > 1 && (degreesOfFreedom / 2) * (Math.log(ratio) + 1 - ratio) < logSmallest) return 0;
  return chdtrc(degreesOfFreedom, x);
}

/** P(X <= k), X ~ Binomial(n, p). */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return bdtr(k, n, p);
}

/** log 0!, log 1!, ..., log n!. */
export function logFactorials(n: number): Float64Array {
  return Float64Array.from({ length: n + 1 }, (_, k) => lgam(k + 1));
}

/**
 * The numbers k of successes that are not extreme: P(X <= k) > tail and P(X >= k) > tail, X ~ Binomial(n, p).
 *
 * @param tail in [0, 1/2)
 * @returns the least and the greatest of them; X lies between them with a probability of at least 1 - 2 tail
 */
export function binomialInterval(n: number, p: number, tail: number): [low: number, high: number] {
  // X >= k is n - X <= n - k, and n - X ~ Binomial(n, 1 - p).
  return [leastAbove(n, p, tail), n - leastAbove(n, 1 - p, tail)];
}

/** The least k with P(X <= k) > tail. */
function leastAbove(n: number, p: number, tail: number): number {
  let [low, high] = [0, n];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (binomialCdf(middle, n, p) > tail) high = middle;
    else low = middle + 1;
  }
  return low;
}
