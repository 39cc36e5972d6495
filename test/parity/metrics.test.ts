import { describe, expect, it } from "vitest";
import { isOnCheckerboard } from "../src/data/checkerboard.js";
import { energyScore, medianBandwidth, nlpd, squaredMmd, supportAccuracy } from "../src/metrics/index.js";
import { readFixture } from "./support/fixture.js";

const fixture = readFixture("metrics");
const { B, J } = fixture.config as { B: number; J: number };
const samples = fixture.get("in.x_samples").data;
const samplesOf = (i: number, table = samples): Float32Array => table.slice(i * J * 2, (i + 1) * J * 2) as Float32Array;

/** Compares one number a condition with the published code's float32 results. */
function expectEach(name: string, value: (i: number) => number, tolerance = 1e-5): void {
  const expected = fixture.get(name).data;
  const scale = Math.max(...expected.map(Math.abs));
  for (let i = 0; i < B; i++) expect(Math.abs(value(i) - expected[i])).toBeLessThan(tolerance * scale);
}

describe("the published metrics of the checkerboard", () => {
  it("NLPD", () => {
    const y = fixture.get("in.y").data;
    const firstCoordinates = (i: number): Float32Array => samplesOf(i).filter((_, k) => k % 2 === 0);
    expectEach("out.nlpd_sigma0.1", (i) => nlpd([y[i]], firstCoordinates(i), 0.1));
    expectEach("out.nlpd_sigma0.5", (i) => nlpd([y[i]], firstCoordinates(i), 0.5));
  });

  it("CRPS: the plain energy score of points", () => {
    const truth = fixture.get("in.x_true").data;
    expectEach("out.crps", (i) => energyScore(samplesOf(i), truth.slice(2 * i, 2 * i + 2)).plain);
  });

  it("MMD with the median heuristic and with a given bandwidth", () => {
    const [x, y] = [fixture.get("in.mmd_x").data, fixture.get("in.mmd_y").data];
    const only = (name: string): number => fixture.get(name).data[0];
    expect(medianBandwidth(x, y, 2)).toBeCloseTo(only("out.mmd_sigma_median"), 6);
    expect(squaredMmd(x, y, 2)).toBeCloseTo(only("out.mmd2_median"), 5);
    expect(squaredMmd(x, y, 2, 0.7)).toBeCloseTo(only("out.mmd2_sigma0.7"), 5);
    expect(squaredMmd(x, x, 2)).toBeCloseTo(only("out.mmd2_same"), 5);
  });

  it("support accuracy: the published unit square is the board shrunk", () => {
    const points = fixture.get("in.points01").data;
    // The published code puts the upper outer edge outside, this board inside: a set of measure zero.
    const isFilled = (x1: number, x2: number): boolean => isOnCheckerboard(4 * x1 - 2, 4 * x2 - 2);
    expectEach("out.support_4", (i) => supportAccuracy(samplesOf(i, points), isFilled));
  });
});
