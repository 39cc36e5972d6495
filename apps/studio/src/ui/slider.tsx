import { type ComponentChildren, type Ref } from "preact";
import { useId } from "preact/hooks";

interface SliderProps {
  label: ComponentChildren;
  value: number;
  min: number;
  max: number;
  step: number;
  /** How the value is written; by default as it is. */
  format?(value: number): string;
  /** Called while the handle moves. */
  onInput(value: number): void;
  /** Its handle, for those who move the focus to it. */
  handle?: Ref<HTMLInputElement>;
}

/** A number between two ends. */
export function Slider({ label, value, min, max, step, format = String, onInput, handle }: SliderProps) {
  const id = useId();
  return (
    <div class="field slider">
      <label for={id}>{label}</label>
      {/* The handle's own text is read, once. */}
      <output for={id} aria-live="off">
        {format(value)}
      </output>
      <input
        ref={handle ?? null}
        id={id}
        type="range"
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={format(value)}
        onInput={({ currentTarget }) => onInput(currentTarget.valueAsNumber)}
      />
    </div>
  );
}
