import { useRef } from "preact/hooks";
import { Segmented, Select, Slider } from "../ui/index.js";
import { boxInside } from "./corruption.js";
import { problemText } from "./problems.js";
import { boxOf } from "./request.js";
import { facts, opened } from "./session.js";
import { change, isSeed, mostSeed, nextSeed, view } from "./view.js";

/** Chooses the problem. */
export function ProblemChoice() {
  const chosen = view.value;
  const problem = facts.value;
  const problems = opened.value?.problems ?? [{ name: chosen.problem }];
  const name = problem?.name ?? chosen.problem;
  return (
    <section class="problem" aria-labelledby="problem-title">
      <h2 id="problem-title">Problem</h2>
      <Select
        label="What happens to the image"
        options={problems.map((each) => ({ value: each.name, title: problemText(each.name).title }))}
        value={name}
        onChange={(value) => change({ problem: value, noise: undefined, temperature: undefined, pixel: undefined })}
      />
      <p class="small explanation">{problemText(name).explanation}</p>
    </section>
  );
}

/** Chooses what the problem does to the image. */
export function ProblemControls() {
  const name = facts.value?.name ?? view.value.problem;
  return (
    <section class="observing" aria-labelledby="observing-title">
      <h2 id="observing-title">Observation</h2>
      {name === "inpaint-box" && <BoxControls />}
      {name === "inpaint-random" && <ShareControls />}
      {name === "motion-blur" && <MotionControls />}
      <NoiseControls />
    </section>
  );
}

const pixels = (value: number): string => `${value} px`;

function BoxControls() {
  const shape = opened.value?.shape ?? [1, 28, 28];
  const [, rows, columns] = shape;
  const box = boxOf(view.value, shape);
  const set = (part: Partial<typeof box>): void => change({ box: boxInside({ ...box, ...part }, rows, columns) });
  return (
    <>
      <Slider
        label="Box height"
        value={box.height}
        min={1}
        max={rows}
        step={1}
        format={pixels}
        onInput={(height) => set({ height })}
      />
      <Slider
        label="Box width"
        value={box.width}
        min={1}
        max={columns}
        step={1}
        format={pixels}
        onInput={(width) => set({ width })}
      />
    </>
  );
}

function ShareControls() {
  const { share, mask } = view.value;
  return (
    <>
      <Slider
        label="Hidden pixels"
        value={share}
        min={0}
        max={0.95}
        step={0.01}
        format={(value) => (mask === undefined ? `${Math.round(100 * value)} %` : "painted")}
        onInput={(value) => change({ share: value, mask: undefined })}
      />
      <p class="small">The model was trained on 30 to 70 %.</p>
    </>
  );
}

function MotionControls() {
  const { motion } = view.value;
  const set = (part: Partial<typeof motion>): void => change({ motion: { ...motion, ...part } });
  return (
    <>
      <Slider
        label="Blur length"
        value={motion.length}
        min={0.5}
        max={9}
        step={0.5}
        format={pixels}
        onInput={(length) => set({ length })}
      />
      <Slider
        label="Blur direction"
        value={motion.angle}
        min={0}
        max={179}
        step={1}
        format={(value) => `${value}°`}
        onInput={(angle) => set({ angle })}
      />
      <Slider
        label="Bend"
        value={motion.bend}
        min={-120}
        max={120}
        step={5}
        format={(value) => `${value}°`.replace("-", "−")}
        onInput={(bend) => set({ bend })}
      />
    </>
  );
}

function NoiseControls() {
  const { noise, noiseSeed } = view.value;
  const trained = facts.value?.sigma;
  const value = noise ?? trained ?? 0.1;
  const handle = useRef<HTMLInputElement>(null);
  const reset = (): void => {
    change({ noise: undefined });
    // The button that had the focus goes.
    handle.current?.focus();
  };
  return (
    <>
      <Slider
        label={
          <>
            Noise <var>σ</var>
          </>
        }
        value={value}
        min={0}
        max={1}
        step={0.01}
        format={(sigma) => sigma.toFixed(2)}
        handle={handle}
        onInput={(sigma) => change({ noise: sigma === trained ? undefined : sigma })}
      />
      <p class="small two-lines">
        {noise === undefined || trained === undefined
          ? "The level that the model was trained with. "
          : `The model assumes ${trained}, its training level: the samples' spread is correct only there. `}
        {noise !== undefined && (
          <button type="button" class="link" onClick={reset}>
            Use {trained}
          </button>
        )}
      </p>
      <button type="button" onClick={() => change({ noiseSeed: nextSeed(noiseSeed) })}>
        Observe again
      </button>
    </>
  );
}

/** Chooses how samples are drawn. */
export function SamplingControls() {
  const { steps, temperature, seed } = view.value;
  const own = facts.value?.temperature ?? 1;
  return (
    <section class="sampling" aria-labelledby="sampling-title">
      <h2 id="sampling-title">Sampling</h2>
      <Segmented
        label="Network evaluations a sample"
        options={[1, 2, 3, 4].map((value) => ({ value, title: String(value) }))}
        value={steps}
        onChange={(value) => change({ steps: value })}
      />
      <Slider
        label="Temperature"
        value={temperature ?? own}
        min={0}
        max={1.5}
        step={0.05}
        format={(value) => `${value.toFixed(2)}${temperature === undefined ? ", the model's own" : ""}`}
        onInput={(value) => change({ temperature: value })}
      />
      <div class="seed">
        <label class="field">
          Seed
          <input
            type="number"
            min={0}
            max={mostSeed}
            step={1}
            value={seed}
            onInput={({ currentTarget: { valueAsNumber } }) => {
              if (isSeed(valueAsNumber)) change({ seed: valueAsNumber });
            }}
            onBlur={({ currentTarget }) => (currentTarget.value = String(seed))}
          />
        </label>
        <button type="button" class="primary" onClick={() => change({ seed: nextSeed(seed) })}>
          Resample
        </button>
      </div>
    </section>
  );
}
