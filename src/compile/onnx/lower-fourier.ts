import { type GraphBuilder } from "./graph.js";
import { lowerAdd, lowerMultiply, lowerNegate } from "./lower-elementwise.js";
import { lowerDot, type ProductOptions } from "./lower-dot.js";
import { lowerReshape } from "./lower-shaping.js";
import { shapeOf, uniform, type Value, viewOf } from "./view.js";

/**
 * Discrete Fourier transform along the last axis of a complex array, given as real and imaginary parts, by products
 * with the transform's matrix: X_k = sum_n x_n e^(-2 pi i k n / N). The inverse conjugates the matrix and divides by N.
 */
export function lowerFourier(
  graph: GraphBuilder,
  real: Value,
  imag: Value,
  inverse: boolean,
  options: ProductOptions,
): [Value, Value] {
  const shape = shapeOf(real);
  const length = shape[shape.length - 1];
  const matrix = (part: (angle: number) => number): Value => {
    const data = Float32Array.from({ length: length * length }, (_, i) =>
      part((2 * Math.PI * ((Math.floor(i / length) * (i % length)) % length)) / length),
    );
    return viewOf(graph.constant(data, [length, length], "float32"));
  };
  const cosine = matrix(Math.cos);
  const sine = matrix((angle) => (inverse ? Math.sin(angle) : -Math.sin(angle)));
  const times = (x: Value, by: Value): Value =>
    lowerDot(
      graph,
      lowerReshape(graph, x, [...shape.slice(0, -1), 1, length]),
      lowerReshape(graph, by, [...shape.slice(0, -1).map(() => 1), length, length]),
      false,
      options,
    );
  const scaled = (x: Value): Value => lowerMultiply(graph, x, uniform(inverse ? 1 / length : 1, [], "float32"));
  return [
    scaled(lowerAdd(graph, times(real, cosine), lowerNegate(graph, times(imag, sine)))),
    scaled(lowerAdd(graph, times(real, sine), times(imag, cosine))),
  ];
}
