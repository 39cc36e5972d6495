/** A processor with its published peak rates of dense products. */
export interface Accelerator {
  name: string;
  /** Peak rate of float32 arithmetic without tensor cores, in operations per second. */
  float32: number;
  /** Peak rate of bfloat16 products with float32 sums, without sparsity, in operations per second. */
  bfloat16: number;
}

/** Peak rates from the makers' data sheets. */
export const accelerators: readonly Accelerator[] = [
  { name: "NVIDIA RTX 4090", float32: 82.6e12, bfloat16: 165.2e12 },
  { name: "NVIDIA A100 SXM", float32: 19.5e12, bfloat16: 312e12 },
  { name: "NVIDIA H100 SXM", float32: 67e12, bfloat16: 989e12 },
];

/** The assumed share of its peak rate that a large network reaches. */
export const assumedUtilisation = 0.4;

/** Duration of these operations in seconds, at a peak rate and the assumed utilisation. */
export function secondsAt(flops: number, peak: number): number {
  return flops / (peak * assumedUtilisation);
}
