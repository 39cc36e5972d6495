import { randomSource } from "variational-flow-maps";
import { drawCheckerboard, drawCheckerboardPosterior } from "variational-flow-maps/data";
import { calibration } from "variational-flow-maps/metrics";
import { sigma } from "../../checkerboard/board.js";
import { readTogether } from "../../checkerboard/worker/reader.js";
import { boardModels } from "./models.js";
import { type Judged, type Judgement } from "./services.js";

const simulations = 1000;
const samples = 39;

/** Judges a sampler: where truths rank among the samples of their own observations. */
export async function judge({ judged, seed }: { judged: Judged; seed: number }): Promise<Judgement> {
  const drawn = await calibration.sampleSimulations(drawSimulations(seed), samplerOf(judged), samples, seed);
  const random = randomSource(seed, "ties");
  const coordinates = [0, 1].map((coordinate) => {
    const ranks = calibration.rankQuantity(drawn, calibration.coordinate(coordinate), () => random.uniform());
    const { counts, low, high } = calibration.rankHistogram(ranks);
    return {
      ranks: Array.from(counts, (count, bin) => ({ count, low: low[bin], high: high[bin] })),
      coverage: calibration
        .expectedCoverage(ranks)
        .map(({ level, empirical, low: from, high: to }) => ({ level, share: empirical, low: from, high: to })),
    };
  });
  return { simulations, samples, coordinates };
}

/** Points of the board, each with an observation of it. */
function drawSimulations(seed: number): calibration.Simulations {
  const truths = drawCheckerboard(simulations, randomSource(seed, "truths")).data as Float32Array;
  const noise = randomSource(seed, "observations");
  const observations = Float32Array.from(
    { length: simulations },
    (_, i) => truths[2 * i] + sigma * withinReach(noise.normal()),
  );
  return { count: simulations, truths, observations };
}

/** The exact sampler rejects observations further away, of which there is about one in a hundred thousand. */
const withinReach = (normal: number): number => Math.min(4.4, Math.max(-4.4, normal));

function samplerOf(judged: Judged): calibration.TableSampler {
  if (judged === "exact")
    return async (observations, count, seed) => {
      const random = randomSource(seed, "exact");
      const each = Array.from(observations, (y) => drawCheckerboardPosterior(y, sigma, count, random).data);
      return Float32Array.from(each.flatMap((points) => Array.from(points)));
    };
  return async (observations, count, seed) => {
    const { reader, models } = await boardModels();
    const y = Float32Array.from({ length: observations.length * count }, (_, i) => observations[Math.floor(i / count)]);
    const eps = randomSource(seed, "noise").normalArray([y.length, 2]).data as Float32Array;
    const drawn = new Float32Array(2 * y.length);
    for (let start = 0; start < y.length; start += readTogether) {
      const end = Math.min(y.length, start + readTogether);
      drawn.set(await reader.draw(models[judged], y.slice(start, end), eps.slice(2 * start, 2 * end)), 2 * start);
    }
    return drawn;
  };
}
