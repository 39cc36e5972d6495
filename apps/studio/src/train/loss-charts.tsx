import { useMemo } from "preact/hooks";
import { LineChart } from "../ui/index.js";
import { losses } from "./session.js";
import { shortRun } from "./settings.js";

const alone = shortRun.flowMatching + shortRun.meanFlow;
const flowEnds = [2, 10] as const;
const adapterEnds = [2, 200] as const;

/** The losses of the flow and of the adapters during training. */
export function LossCharts() {
  const { flow, adapter } = losses.value;
  const flowLines = useMemo(
    () => [
      { name: "flow map alone", colour: "series-4", values: flow.alone } as const,
      { name: "joint", colour: "series-1", start: alone, values: flow.joint } as const,
    ],
    [flow],
  );
  const adapterLines = useMemo(
    () => [
      { name: "joint", colour: "series-1", values: adapter.joint } as const,
      { name: "adapter alone", colour: "series-2", values: adapter.frozen } as const,
    ],
    [adapter],
  );
  return (
    <section class="losses" aria-label="Losses">
      <figure>
        <figcaption>
          The flow's loss <span>of a velocity, or of jumps along it</span>
        </figcaption>
        <LineChart label="The flow's loss" lines={flowLines} steps={alone + shortRun.adapters} ends={flowEnds} />
      </figure>
      <figure>
        <figcaption>
          The adapter's loss <span>misfit to y and divergence from N(0, I)</span>
        </figcaption>
        <LineChart label="The adapter's loss" lines={adapterLines} steps={shortRun.adapters} ends={adapterEnds} />
      </figure>
    </section>
  );
}
