import { useState } from "preact/hooks";
import { BarChart, Segmented } from "../ui/index.js";
import { CoverageChart } from "./coverage-chart.js";
import { judged, judgement } from "./session.js";
import { type Judged, type RankBin } from "./worker/services.js";

const samplers: readonly { value: Judged; title: string }[] = [
  { value: "joint", title: "Together" },
  { value: "frozen", title: "Adapter alone" },
  { value: "exact", title: "Exact" },
];

const coordinates: readonly { value: number; title: string }[] = [
  { value: 0, title: "x₁, observed" },
  { value: 1, title: "x₂, hidden" },
];

const noBins: readonly RankBin[] = Array.from({ length: 20 }, () => ({ count: 0, low: 0, high: 0 }));

/** Where truths rank among a sampler's samples, and how often its intervals contain them. */
export function CalibrationPiece() {
  const [coordinate, setCoordinate] = useState(1);
  const { sampler, seed } = judged.value;
  const { result, sampler: shown } = judgement.value ?? {};
  const name = samplers.find(({ value }) => value === shown)?.title ?? "";
  const { ranks = noBins, coverage = [] } = result?.coordinates[coordinate] ?? {};
  const most = Math.max(100, ...ranks.map(({ count }) => 1.1 * count));
  const outside = ranks.filter(({ count, low, high }) => count < low || count > high).length;
  const width = 100 / ranks.length;
  return (
    <>
      <div class="choices">
        <Segmented
          label="Sampler"
          options={samplers}
          value={sampler}
          onChange={(value) => (judged.value = { sampler: value, seed })}
        />
        <Segmented
          label="Coordinate"
          options={coordinates}
          value={coordinate}
          onChange={(value) => setCoordinate(value)}
        />
        <button type="button" onClick={() => (judged.value = { sampler, seed: seed + 1 })}>
          Other observations
        </button>
      </div>
      <div class="pair">
        <figure>
          <figcaption>Ranks of the truth</figcaption>
          <BarChart
            label={
              result === undefined
                ? "No ranks yet"
                : `${name}: ranks of ${result.simulations} truths in ${ranks.length} bins: ${outside} bins are outside what chance allows a correct sampler`
            }
            most={most}
            bars={ranks.map(({ count, low, high }) => ({ value: count, marked: count < low || count > high }))}
          >
            {ranks.map(({ low, high }, bin) => (
              <rect
                key={bin}
                class="allowed"
                x={bin * width}
                width={width}
                y={100 - (100 * high) / most}
                height={(100 * (high - low)) / most}
              />
            ))}
          </BarChart>
          <div class="range small" aria-hidden="true">
            <span>below all samples</span>
            <span>above all</span>
          </div>
        </figure>
        <figure>
          <figcaption>Coverage of intervals</figcaption>
          <CoverageChart points={coverage} />
        </figure>
      </div>
      <p class="small two-lines" role="status">
        {result === undefined
          ? "\u00a0"
          : `${result.simulations} observations, ${result.samples} samples each. ${outside === 0 ? "All bins are" : `${outside} of ${ranks.length} bins are not`} within the band that chance allows a correct sampler.`}
      </p>
    </>
  );
}
