import { fromArrays, gaussianNoise, problem, randomSource } from "variational-flow-maps";
import {
  concatenate,
  cos,
  mul,
  type NDArray,
  type RandomSource,
  reshape,
  silu,
  sin,
} from "variational-flow-maps/array";
import { drawCheckerboard } from "variational-flow-maps/data";
import { type AdapterNetwork, type FlowMapNetwork, mlpAdapter } from "variational-flow-maps/models";
import { initialiseLinear, linear, type LinearParameters } from "variational-flow-maps/nn";
import { firstCoordinate } from "variational-flow-maps/operators";
import { type DataSource } from "variational-flow-maps/train";
import { sigma } from "../board.js";

/** Inverse problem of the checkerboard: y = x1 + sigma * eps. */
export const observed = problem("first-coordinate", gaussianNoise(firstCoordinate, sigma));

/** Points of the board to learn from. */
export function points(count: number, seed: number): DataSource {
  return fromArrays(drawCheckerboard(count, randomSource(seed, "points")));
}

// Half the board's period and its multiples: a small network learns sharp edges quickly from waves of its input.
const frequencies = [1, 2, 4].map((multiple) => (multiple * Math.PI) / 2);
const inputs = 2 * (1 + 2 * frequencies.length) + 2;
const depth = 3;

type Layers = { layers: LinearParameters[] };

/** The flow map u(x, r, t): an MLP on x, sines and cosines of x, t and r. */
export function boardFlowMap(width: number): FlowMapNetwork {
  return {
    shape: [2],
    initialise: (random: RandomSource) => {
      const sizes = [inputs, ...new Array<number>(depth).fill(width), 2];
      return { layers: sizes.slice(1).map((outputs, i) => initialiseLinear(random, sizes[i], outputs)) };
    },
    apply: ({ layers }: Layers, x, r, t) => {
      const waves = frequencies.flatMap((frequency) => [sin(mul(x, frequency)), cos(mul(x, frequency))]);
      const input = concatenate([x, ...waves, column(t), column(r)], 1);
      const hidden = layers.slice(0, -1).reduce((values, layer) => silu(linear(layer, values)), input);
      return linear(layers[layers.length - 1], hidden);
    },
  };
}

const column = (time: NDArray): NDArray => reshape(time, [-1, 1]);

/** The noise adapter q(z | y): a small MLP. */
export function boardAdapter(): AdapterNetwork {
  return mlpAdapter({ shape: [2], observationShape: [2], depth: 3, width: 64 });
}
