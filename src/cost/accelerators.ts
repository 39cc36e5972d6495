/** A processor by its published peak rate of dense products. */
export interface Accelerator {
  name: string;
  /** Peak of float32 arithmetic without tensor cores, operations a second. */
  float32: number;
  /** Peak of bfloat16 products with float32 sums, no sparsity, operations a second. */
  bfloat16: number;
}

/** Peaks from the makers' data sheets. */
export const accelerators: readonly Accelerator[] = [
  { name: "NVIDIA RTX 4090", float32: 82.6e12, bfloat16: 165.2e12 },
  { name: "NVIDIA A100 SXM", float32: 19.5e12, bfloat16: 312e12 },
  { name: "NVIDIA H100 SXM", float32: 67e12, bfloat16: 989e12 },
];

/** The share of its peak that a large network is taken to reach. */
export const assumedUtilisation = 0.4;

/** Seconds that so many operations take at a peak rate and the assumed utilisation. */
export function secondsAt(flops: number, peak: number): number {
  return flops / (peak * assumedUtilisation);
}
