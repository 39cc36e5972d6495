import { drawUniform, type WordGenerator } from "./uniform.js";

// The area of each layer, and the start of the tail, for 128 layers.
const layers = 128;
const tailStart = 3.442619855899;
const layerArea = 9.91256303526217e-3;

const density = (x: number): number => Math.exp(-0.5 * x * x);

// Right edges of the layers, from the bottom to 0. The bottom edge gives its rectangle the area of the layer with its
// tail.
const edges = new Float64Array(layers + 1);
edges[0] = layerArea / density(tailStart);
edges[1] = tailStart;
for (let i = 2; i < layers; i++) edges[i] = Math.sqrt(-2 * Math.log(layerArea / edges[i - 1] + density(edges[i - 1])));
const ratios = Float64Array.from({ length: layers }, (_, i) => edges[i + 1] / edges[i]);

/**
 * Fills an array with independent standard normal numbers by the ziggurat method (Marsaglia and Tsang 2000, in
 * Doornik's form, 2005), in which most draws cost one random word and one product.
 */
export function fillNormal(data: Float32Array | Float64Array, generator: WordGenerator): void {
  for (let k = 0; k < data.length; k++) {
    const bits = generator.next();
    // 25 bits determine the place within the layer, the other 7 the layer.
    const u = (bits >>> 7) / 16777216 - 1;
    const layer = bits & (layers - 1);
    // A branch instead of a conditional expression: it is nearly always predicted correctly, and so takes less time.
    if (Math.abs(u) < ratios[layer]) data[k] = u * edges[layer];
    else data[k] = drawOutside(u, layer, generator);
  }
}

/** One standard normal number. */
export function drawNormal(generator: WordGenerator): number {
  const one = new Float64Array(1);
  fillNormal(one, generator);
  return one[0];
}

/** Handles a draw outside the rectangle that lies completely in its layer. */
function drawOutside(u: number, layer: number, generator: WordGenerator): number {
  if (layer === 0) return u < 0 ? -drawTail(generator) : drawTail(generator);
  const [outer, inner] = [edges[layer], edges[layer + 1]];
  const x = u * outer;
  const below = Math.exp(-0.5 * (outer * outer - x * x));
  const above = Math.exp(-0.5 * (inner * inner - x * x));
  return above + drawUniform(generator) * (below - above) < 1 ? x : drawNormal(generator);
}

function drawTail(generator: WordGenerator): number {
  for (;;) {
    const x = -Math.log(1 - drawUniform(generator)) / tailStart;
    const y = -Math.log(1 - drawUniform(generator));
    if (2 * y >= x * x) return tailStart + x;
  }
}
