import { type GraphBuilder } from "./graph.js";
import { lowerPad, lowerReshape, lowerShrink } from "./lower-shaping.js";
import { shapeOf, type Value } from "./view.js";

/** Parameters of jax-js's general convolution. */
export interface ConvolutionParameters {
  readonly vmapDims: number;
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly lhsDilation: readonly number[];
  readonly rhsDilation: readonly number[];
}

/** The image with zeros between and around its pixels; negative padding crops it. */
export function preparedImage(graph: GraphBuilder, image: Value, parameters: ConvolutionParameters): Value {
  const { lhsDilation, padding } = parameters;
  let value = image;
  lhsDilation.forEach((step, i) => {
    if (step === 1) return;
    const shape = [...shapeOf(value)];
    const axis = i + 2;
    const spread = lowerReshape(graph, value, [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)]);
    const width = shapeOf(spread).map((_, k): [number, number] => (k === axis + 1 ? [0, step - 1] : [0, 0]));
    const merged = [...shape];
    merged[axis] *= step;
    const wide = lowerReshape(graph, lowerPad(graph, spread, width), merged);
    const kept = merged.map((size, k): [number, number] => [0, k === axis ? size - step + 1 : size]);
    value = lowerShrink(graph, wide, kept);
  });
  const cut = shapeOf(value).map((size, k): [number, number] =>
    k < 2 ? [0, size] : [Math.max(0, -padding[k - 2][0]), size - Math.max(0, -padding[k - 2][1])],
  );
  return lowerShrink(graph, value, cut);
}

/** Every position in a grid of these lengths, row by row. */
export function positionsOf(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (positions, size) => positions.flatMap((position) => Array.from({ length: size }, (_, i) => [...position, i])),
    [[]],
  );
}
