import { add, type HostArray, mul, type NDArray, square, sqrt, sub } from "../array/index.js";
import { imageShapeOf } from "../data/index.js";
import { checkOptions, numberFrom } from "../options.js";
import { applyAlongAxes, axisMatrix } from "./axis-matrix.js";
import { type ForwardOperator, imageOf } from "./operator.js";

/** Options of `phaseRetrieval`. */
export interface PhaseRetrievalOptions {
  /**
   * Oversampling of the spectrum: each side is padded with oversample / 8 of its length in zeros at both ends. Default:
   * 2.
   */
  oversample?: number | undefined;
}

// Keeps the amplitude's derivative finite at 0; the error is at most 1e-7.
const leastPower = 1e-14;

/**
 * Phase retrieval: A x = |F pad((x + 1) / 2)|, the amplitudes of the unitary Fourier transform of the zero-padded image,
 * frequency 0 in the centre. Not linear.
 *
 * `transpose` is NOT an adjoint: it is the inverse transform of the amplitudes with all phases zero, moved to the
 * centre, cropped to the image's size and scaled back to [-1, 1], as published. Source: the published code of the VFM
 * paper (oversample 2: a quarter of the side in zeros at both ends).
 *
 * @throws InputError if `oversample` is not between 0 and 64
 * @example
 * const mine = problem("phases", gaussianNoise(phaseRetrieval({ oversample: 2 }), 0.05));
 */
export function phaseRetrieval(options: PhaseRetrievalOptions = {}): ForwardOperator {
  checkOptions("phase-retrieval", options, { oversample: numberFrom(0, 64) });
  const { oversample = 2 } = options;
  const padding = (length: number): number => Math.floor((oversample / 8) * length);
  const padded = (length: number): number => length + 2 * padding(length);
  return {
    name: "phase-retrieval",
    transposeIsAdjoint: false,
    linear: false,
    draw: () => ({}),
    forward: (x) => {
      const { height, width } = imageShapeOf(x);
      const transform = (wave: Wave, length: number): HostArray => fourierMatrix(wave, length, padded(length));
      const [cosRows, sinRows] = [transform(Math.cos, height), transform(Math.sin, height)];
      const [cosColumns, sinColumns] = [transform(Math.cos, width), transform(Math.sin, width)];
      const positive = mul(add(x, 1), 0.5);
      const real = sub(applyAlongAxes(cosRows, positive, cosColumns), applyAlongAxes(sinRows, positive, sinColumns));
      const imag = add(applyAlongAxes(sinRows, positive, cosColumns), applyAlongAxes(cosRows, positive, sinColumns));
      return sqrt(add(add(square(real), square(imag)), leastPower));
    },
    transpose: (y, _parameters, shape) => {
      const { height, width } = imageOf("phase-retrieval", shape);
      const along = (wave: Wave): NDArray =>
        applyAlongAxes(
          inverseFourierMatrix(wave, padded(height), height),
          y,
          inverseFourierMatrix(wave, padded(width), width),
        );
      return sub(mul(sub(along(Math.cos), along(Math.sin)), 2), 1);
    },
    observationShape: (shape) => {
      const { channels, height, width } = imageOf("phase-retrieval", shape);
      return [channels, padded(height), padded(width)];
    },
  };
}

type Wave = (angle: number) => number;

// [padded, length]: one axis of the unitary transform, with frequency 0 at row floor(padded / 2). The place of the
// padding changes only the phases, which the amplitude drops.
function fourierMatrix(wave: Wave, length: number, padded: number): HostArray {
  const centre = Math.floor(padded / 2);
  return axisMatrix(padded, length, (row) =>
    Array.from({ length }, (_, position): [number, number] => [
      position,
      wave(fourierAngle(row - centre, position, padded)) / Math.sqrt(padded),
    ]),
  );
}

// [length, padded]: one axis of the inverse transform, with position 0 at the centre of the padded axis, without the
// padding.
function inverseFourierMatrix(wave: Wave, padded: number, length: number): HostArray {
  const centre = Math.floor(padded / 2);
  const start = (padded - length) / 2;
  return axisMatrix(length, padded, (row) =>
    Array.from({ length: padded }, (_, column): [number, number] => [
      column,
      wave(fourierAngle(column - centre, row + start - centre, padded)) / Math.sqrt(padded),
    ]),
  );
}

// 2 pi frequency position / length. Whole turns are subtracted first, so that the cosine of a large angle stays exact.
function fourierAngle(frequency: number, position: number, length: number): number {
  return (2 * Math.PI * ((frequency * position) % length)) / length;
}
