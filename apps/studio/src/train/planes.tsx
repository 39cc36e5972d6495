import { DataPlane, LatentPlane, ReadingTable } from "../checkerboard/index.js";
import { exact, views, y } from "./session.js";
import { type Side } from "./worker/services.js";

const titles: Readonly<Record<Side, { title: string; explanation: string }>> = {
  joint: { title: "Joint", explanation: "flow map and adapter learn" },
  frozen: { title: "Adapter alone", explanation: "the flow map is frozen" },
};

const move = (value: number): void => {
  y.value = value;
};

/** A model's two planes: where noise is sent, and samples given y. */
export function ModelPlanes({ side }: { side: Side }) {
  const view = views.value?.[side];
  const { title, explanation } = titles[side];
  const { adapted = false } = view?.noise ?? {};
  return (
    <section class="model" aria-labelledby={`${side}-title`}>
      <header>
        <h2 id={`${side}-title`}>{title}</h2>
        <p class="small">{explanation}</p>
      </header>
      <figure>
        <figcaption>
          Noise <var>z</var> <span>{adapted ? "and q(z | y)" : "and N(0, I)"}</span>
        </figcaption>
        <LatentPlane label={`${title}: the plane of noise`} landing={view?.landing} noise={view?.noise} />
      </figure>
      <figure>
        <figcaption>
          Samples <var>x</var> <span>{adapted ? "given y" : "of the flow map"}</span>
        </figcaption>
        <DataPlane
          label={`${title}: ${view === undefined ? "no samples yet" : `${view.posterior.samples.length / 2} samples`}`}
          points={view?.posterior.samples}
          y={y.value}
          onMove={move}
        />
      </figure>
    </section>
  );
}

/** The exact posterior, with which both columns are compared. */
export function ExactPosterior() {
  const seen = views.value;
  return (
    <section class="model exact" aria-labelledby="exact-title">
      <header>
        <h2 id="exact-title">Exact</h2>
        <p class="small">known on this board</p>
      </header>
      <div class="comparison">
        <ReadingTable
          rows={[
            { name: "Joint", reading: seen?.joint.posterior.reading },
            { name: "Adapter alone", reading: seen?.frozen.posterior.reading },
            { name: "Exact", reading: exact.value?.reading },
          ]}
        />
        <p class="small">
          Distance is the maximum mean discrepancy from exact samples, estimated from 160 samples of each. At 0.00 the
          estimate is not above zero: small differences do not show. Read the share on the squares, too.
        </p>
        <ul class="small reading-hints">
          <li>
            Above, every place of noise has the colour of the square that it is sent to. Places without a colour are
            sent off the squares.
          </li>
          <li>
            The ellipses are one and two standard deviations of <var>q</var>(<var>z</var> | <var>y</var>).
          </li>
          <li>
            Below, drag the dashed line, <var>y</var>. Points <span class="key-off">off the squares</span> stand out.
          </li>
        </ul>
      </div>
      <figure>
        <figcaption>
          Samples <var>x</var> <span>given y</span>
        </figcaption>
        <DataPlane
          label={`Exact: ${(exact.value?.samples.length ?? 0) / 2} samples`}
          points={exact.value?.samples}
          y={y.value}
          onMove={move}
        />
      </figure>
    </section>
  );
}
