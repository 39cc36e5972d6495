import { DataPlane, LatentPlane, ReadingTable } from "../checkerboard/index.js";
import { answers, opened, y } from "./session.js";
import { type ModelName } from "./worker/services.js";

const move = (value: number): void => {
  y.value = value;
};

/** A model's noise and samples given y, which can be dragged. */
export function PosteriorPiece({ model }: { model: ModelName }) {
  const answer = answers.value?.models[model];
  return (
    <>
      <div class="pair">
        <figure>
          <figcaption>
            Noise, and <var>q</var>(<var>z</var> | <var>y</var>)
          </figcaption>
          <LatentPlane label="The plane of noise" landing={opened.value?.landing[model]} noise={answer?.noise} />
        </figure>
        <figure>
          <figcaption>
            Samples given <var>y</var>: drag it
          </figcaption>
          <DataPlane label="256 samples" points={answer?.posterior.samples} y={y.value} onMove={move} />
        </figure>
      </div>
      <ReadingTable
        rows={[
          {
            name: model === "joint" ? "Trained together" : "Adapter alone",
            reading: answer?.posterior.reading,
          },
          { name: "Exact posterior", reading: answers.value?.exact.reading },
        ]}
      />
    </>
  );
}
