// The area of each layer, and where the tail begins, for 128 layers.
const layers = 128;
const tailStart = 3.442619855899;
const layerArea = 9.91256303526217e-3;

const density = (x: number): number => Math.exp(-0.5 * x * x);

// Right edges of the layers, from the bottom (whose edge makes its rectangle as large as its area with the tail) to 0.
const edges = new Float64Array(layers + 1);
edges[0] = layerArea / density(tailStart);
edges[1] = tailStart;
for (let i = 2; i < layers; i++) edges[i] = Math.sqrt(-2 * Math.log(layerArea / edges[i - 1] + density(edges[i - 1])));
const ratios = Float64Array.from({ length: layers }, (_, i) => edges[i + 1] / edges[i]);

/**
 * One standard normal number by the ziggurat method (Marsaglia and Tsang 2000, in the form of Doornik 2005): most draws
 * cost one random word and one product.
 *
 * @param word gives 32 random bits
 * @param uniform gives a number uniform in [0, 1)
 */
export function drawNormal(word: () => number, uniform: () => number): number {
  for (;;) {
    const bits = word();
    // 25 bits decide the place within the layer, 7 others the layer.
    const u = (bits >>> 7) / 16777216 - 1;
    const i = bits & (layers - 1);
    if (Math.abs(u) < ratios[i]) return u * edges[i];
    if (i === 0) return u < 0 ? -drawTail(uniform) : drawTail(uniform);
    const x = u * edges[i];
    const below = Math.exp(-0.5 * (edges[i] * edges[i] - x * x));
    const above = Math.exp(-0.5 * (edges[i + 1] * edges[i + 1] - x * x));
    if (above + uniform() * (below - above) < 1) return x;
  }
}

function drawTail(uniform: () => number): number {
  for (;;) {
    const x = -Math.log(1 - uniform()) / tailStart;
    const y = -Math.log(1 - uniform());
    if (2 * y >= x * x) return tailStart + x;
  }
}
