import { type Coverage } from "./worker/services.js";

/** How often intervals of every level contain the truth, with the band that chance allows a correct sampler. */
export function CoverageChart({ points }: { points: readonly Coverage[] }) {
  const corners = [{ level: 0, share: 0, low: 0, high: 0 }, ...points, { level: 1, share: 1, low: 1, high: 1 }];
  const ends = (share: "low" | "high" | "share"): string[] =>
    corners.map((point) => `${100 * point.level},${100 - 100 * point[share]}`);
  const ninety = points.find(({ level }) => Math.abs(level - 0.9) < 1e-9);
  const label =
    ninety === undefined
      ? "No coverage yet"
      : `Intervals that should contain 90 % of the truths contain ${Math.round(100 * ninety.share)} %`;
  return (
    <div class="coverage">
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label={label}>
        {points.length > 0 && (
          <>
            <polygon class="allowed" points={[...ends("low"), ...ends("high").reverse()].join(" ")} />
            <polyline points={ends("share").join(" ")} />
          </>
        )}
        <line x1={0} y1={100} x2={100} y2={0} />
      </svg>
      <div class="range small" aria-hidden="true">
        <span>level 0 %</span>
        <span>100 %</span>
      </div>
    </div>
  );
}
