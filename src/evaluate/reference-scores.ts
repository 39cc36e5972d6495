import { hostArray, type HostArray, sizeOf, takeRows } from "../array/index.js";
import { medianBandwidth, squaredMmd } from "../metrics/index.js";

/**
 * Squared MMD between each image's samples and the reference's. The bandwidth is computed from the reference alone, and
 * so is the same for all methods. An image whose reference has no spread has no bandwidth, and is left out.
 */
export function mmdOfImages(samples: HostArray, reference: HostArray): number[] {
  const [, perImage, ...image] = reference.shape;
  const count = Math.min(samples.shape[0], reference.shape[0]);
  const size = sizeOf(image);
  const rows = ({ data, shape }: HostArray, i: number): Float32Array =>
    data.subarray(i * shape[1] * size, (i + 1) * shape[1] * size) as Float32Array;
  const half = Math.floor(perImage / 2) * size;
  return Array.from({ length: count }, (_, i) => i).flatMap((i) => {
    const exact = rows(reference, i);
    const bandwidth = medianBandwidth(exact.subarray(0, half), exact.subarray(half), size);
    return bandwidth > 0 ? [squaredMmd(rows(samples, i), exact, size, bandwidth)] : [];
  });
}

/** Samples split along the second axis: the first `count`, and the rest. */
export function cutSamples({ shape, data }: HostArray, count: number): [HostArray, HostArray] {
  const [images, samples, ...image] = shape;
  const all = hostArray(data, [images * samples, ...image]);
  const part = (from: number, to: number): HostArray => {
    const places = { length: images * (to - from) };
    const rows = Array.from(places, (_, k) => Math.floor(k / (to - from)) * samples + from + (k % (to - from)));
    return hostArray(takeRows(all, rows).data, [images, to - from, ...image]);
  };
  return [part(0, count), part(count, samples)];
}
