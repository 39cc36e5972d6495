import { describe, expect, it } from "vitest";
import {
  broadcastTo,
  concatenate,
  fourierTransform2d,
  hostArray,
  type HostArray,
  matmul,
  mul,
  type NDArray,
  randomSource,
  reshape,
  sizeOf,
  transpose,
  zeros,
} from "../array/index.js";
import {
  gaussianBlur,
  gaussianNoise,
  identity,
  imageProblem,
  observe,
  operator,
  problem,
  randomInpainting,
  superResolution,
} from "../operators/index.js";
import { type VariationalFlowMap } from "../vfm/index.js";
import { restoreImage, type RestoreImageOptions } from "./restore-image.js";

const tile = [1, 8, 8];
const scale = 0.25;
const problems = [
  problem("denoise", gaussianNoise(identity(), 0.1)),
  problem("small", gaussianNoise(superResolution({ factor: 4 }), 1e-6)),
  problem("blurred", gaussianNoise(gaussianBlur({ std: 0.5, taps: 5 }), 1e-6)),
];

/** A model with samples z ~ N(A^T y / 2, scale^2), computed along the axes of `basis` if it is given. */
function gaussianModel(basis?: HostArray): VariationalFlowMap {
  const logSigma = hostArray(Float32Array.of(Math.log(scale)), [1]);
  return {
    sampleShape: tile,
    parameters: {
      flowMap: { none: hostArray(new Float32Array(1), [1]) },
      adapter: basis === undefined ? { logSigma } : { logSigma, basis },
    },
    problems,
    meanVelocity: (parameters, x) => mul(x, (parameters as { none: NDArray }).none),
    adapter: (parameters, aty) => {
      const own = parameters as { logSigma: NDArray; basis?: NDArray };
      const mean = mul(aty, 0.5);
      const spread = broadcastTo(reshape(own.logSigma, [1, 1, 1, 1]), aty.shape);
      if (own.basis === undefined) return { mean, logSigma: spread };
      const rows = reshape(mean, [aty.shape[0], -1]);
      return {
        mean: reshape(matmul(rows, transpose(own.basis)), aty.shape),
        logSigma: spread,
        basis: own.basis,
      };
    },
  };
}

const sumOfSquares = (data: HostArray["data"]): number => {
  let sum = 0;
  for (const value of data) sum += value * value;
  return sum;
};

/** An orthonormal basis without a pixel among its axes: a Householder reflection. */
function reflection(size: number): HostArray {
  const v = randomSource(3).normalArray([size]).data;
  const norm = sumOfSquares(v);
  const data = Float32Array.from({ length: size * size }, (_, at) => {
    const [row, column] = [Math.floor(at / size), at % size];
    return (row === column ? 1 : 0) - (2 * v[row] * v[column]) / norm;
  });
  return hostArray(data, [size, size]);
}

const image = (height: number, width: number): HostArray => {
  const { data } = randomSource(5).uniformArray([1, height, width]);
  return hostArray(data.map((value) => 2 * value - 1) as Float32Array, [1, height, width]);
};
const options: RestoreImageOptions = { samples: 3, seed: 11, degrade: false, overlap: 0.5 };
const expectNear = ({ data }: HostArray, wanted: ArrayLike<number>, tolerance = 1e-5): void => {
  expect(data).toHaveLength(wanted.length);
  let worst = 0;
  data.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - wanted[i]))));
  expect(worst).toBeLessThan(tolerance);
};

describe("an image by tiles", () => {
  it.each([
    ["along pixels", undefined],
    ["along other axes", reflection(sizeOf(tile))],
  ])("of a model that is local, %s, is what the whole image would be", async (_what, basis) => {
    const [height, width] = [13, 22];
    const aty = image(height, width);
    const { samples, tiles } = await restoreImage(gaussianModel(basis), problems[0], aty, options);
    expect(tiles).toBe(3 * 5);
    expect(samples.shape).toEqual([3, 1, height, width]);
    const noise = [0, 1, 2].map((i) => randomSource(11, "posterior", i).normalArray([1, height, width]).data);
    const wanted = noise.flatMap((eps) => Array.from(eps, (value, i) => aty.data[i] / 2 + scale * value));
    expectNear(samples, wanted);
  });

  it("keeps the tiles' variance though their noise is not shared, if it is told to", async () => {
    const deviation = async (own: Partial<RestoreImageOptions>): Promise<number> => {
      const { samples } = await restoreImage(
        gaussianModel(),
        problems[0],
        hostArray(new Float32Array(576), [1, 24, 24]),
        {
          ...options,
          samples: 64,
          sharedNoise: false,
          ...own,
        },
      );
      return Math.sqrt(sumOfSquares(samples.data) / samples.data.length);
    };
    expect((await deviation({ keepVariance: true })) / scale).toBeCloseTo(1, 1);
    // Inside, there are sin^2 weights of four tiles: the mean of (cos^4 + sin^4)^2 is (3/4)^2 of the variance.
    expect((await deviation({})) / scale).toBeLessThan(0.9);
  });

  it("is one tile where it has the model's size, and draws what is asked for", async () => {
    const aty = image(8, 8);
    const { samples, tiles, observation } = await restoreImage(gaussianModel(), problems[0], aty, options);
    expect(tiles).toBe(1);
    expect(observation).toBe(aty);
    const eps = randomSource(11, "posterior", 1).normalArray([1, 8, 8]).data;
    expectNear(
      hostArray(samples.data.slice(64, 128), [64]),
      Array.from(eps, (value, i) => aty.data[i] / 2 + scale * value),
    );
  });

  it("loses what is left beyond whole steps, below and on the right", async () => {
    const { samples } = await restoreImage(gaussianModel(), problems[1], image(15, 22), options);
    expect(samples.shape).toEqual([3, 1, 12, 20]);
  });

  it("is refused where y says nothing about nearby pixels, or a mask has no value for each place of y", async () => {
    const spectrum = operator({
      observationShape: ([, height, width]) => [2, height, width],
      forward: (x) => {
        const { real, imag } = fourierTransform2d({ real: x, imag: zeros(x.shape) });
        return concatenate([real, imag], 1);
      },
    });
    const rows = operator({
      local: true,
      observedMask: "mask",
      draw: (count) => ({ mask: hostArray(new Float32Array(count * 8).fill(1), [count, 1, 8, 1]) }),
      forward: (x, { mask }) => mul(x, mask),
    });
    for (const [own, message] of [
      [spectrum, /cannot be cut into tiles: .* local: true/],
      [rows, /its mask is \[1, 8, 1\], give \[1, 8, 8\]/],
    ] as const) {
      const mine = problem("mine", gaussianNoise(own, 0.1));
      const model = { ...gaussianModel(), problems: [mine] };
      const drawn = restoreImage(model, mine, image(12, 12), { ...options, degrade: true });
      await expect(drawn).rejects.toThrow(message);
    }
  });

  it("is refused as a picture where A^T y needs the kernel", async () => {
    const filtered = imageProblem("motion-blur", { sigma: 0.1, transpose: "wiener" });
    const model = { ...gaussianModel(), problems: [filtered] };
    await expect(restoreImage(model, filtered, image(12, 12), options)).rejects.toThrow("needs more than a picture");
    const { observation } = await restoreImage(model, filtered, image(12, 12), { ...options, degrade: true });
    expect(observation.shape).toEqual([1, 12, 12]);
  });

  it("is refused where it is smaller than a tile, or the overlap leaves no step", async () => {
    const model = gaussianModel();
    await expect(restoreImage(model, problems[0], image(7, 30), options)).rejects.toThrow(/30 x 7 pixels, smaller/);
    await expect(restoreImage(model, problems[1], image(16, 16), { ...options, overlap: 0.9 })).rejects.toThrow(
      /choose at most 4/,
    );
  });
});

describe("restoreImage", () => {
  const model = gaussianModel();
  const clean = hostArray(new Float32Array(64), [1, 8, 8]);
  const broken = hostArray(new Float32Array(64).fill(NaN), [1, 8, 8]);
  const bright = hostArray(new Float32Array(64).fill(200), [1, 8, 8]);
  it.each<[string, HostArray, object, RegExp]>([
    ["an unknown option", clean, { overlaps: 0.5 }, /no option "overlaps": .*overlap/],
    ["an overlap of whole tiles", clean, { overlap: 1 }, /overlap is 1, it has to be a number from 0 to less than 1/],
    ["no seed", clean, { seed: undefined }, /give seed/],
    [
      "colour",
      hostArray(new Float32Array(192), [3, 8, 8]),
      {},
      /the image is \[3, 8, 8\], the model's are \[1, 8, 8\]/,
    ],
    ["a batch", hostArray(new Float32Array(64), [1, 1, 8, 8]), {}, /give \[1, height, width\]/],
    ["values that are not finite", broken, {}, /the image/],
    ["values of 0 to 255", bright, { degrade: true }, /the image holds 200: images lie in \[-1, 1\]/],
  ])("refuses %s in one line", async (_, image, entries, message) => {
    await expect(restoreImage(model, problems[0], image, { samples: 1, seed: 0, ...entries })).rejects.toThrow(message);
  });

  it("takes half a tile of overlap and an observation where nothing else is said", async () => {
    const aty = hostArray(randomSource(1).normalArray([1, 12, 16]).data, [1, 12, 16]);
    const given = await restoreImage(model, problems[0], aty, { samples: 2, seed: 1, overlap: 0.5, degrade: false });
    expect(await restoreImage(model, problems[0], aty, { samples: 2, seed: 1 })).toEqual(given);
  });
});

describe("an image that is degraded first", () => {
  it("is observed as a whole: no tile's border shows in y", async () => {
    const clean = image(16, 28);
    const [, , blurred] = problems;
    // For every pixel there is a tile in which it lies beyond the reach of the tile's border.
    const how = { ...options, degrade: true, overlap: 0.75 };
    const { observation } = await restoreImage(gaussianModel(), blurred, clean, how);
    // The operator on the whole image, with almost no noise.
    const whole = await observe(blurred, hostArray(clean.data, [1, ...clean.shape]), { seed: 0 });
    expect(observation.shape).toEqual(clean.shape);
    expectNear(observation, whole.y.data, 1e-4);
  });

  it("of which a part is hidden hides it in every tile that sees it", async () => {
    const hidden = problem("hidden", gaussianNoise(randomInpainting({ dropRate: [0.5, 0.5] }), 1e-6));
    const clean = hostArray(new Float32Array(16 * 24).fill(0.5), [1, 16, 24]);
    const model = { ...gaussianModel(), problems: [hidden] };
    const { samples, observation } = await restoreImage(model, hidden, clean, {
      ...options,
      degrade: true,
      temperature: 0,
    });
    // Half of each square of a tile's size is hidden.
    expect(observation.data.filter((value) => value === 0)).toHaveLength(16 * 12);
    // The mean noise is half of A^T y; a pixel that is observed in one tile and not in another would lie between.
    expectNear(
      hostArray(samples.data.slice(0, 16 * 24), [16 * 24]),
      Array.from(observation.data, (value) => value / 2),
    );
  });
});
