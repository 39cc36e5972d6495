import { useId } from "preact/hooks";
import { type Option } from "./option.js";

interface SegmentedProps<Value extends string | number> {
  label: string;
  /** Whether the label is for screen readers alone. */
  hideLabel?: boolean;
  options: readonly Option<Value>[];
  value: Value;
  onChange(value: Value): void;
}

/** One of a few values side by side: radio buttons. */
export function Segmented<Value extends string | number>({
  label,
  hideLabel = false,
  options,
  value,
  onChange,
}: SegmentedProps<Value>) {
  const name = useId();
  return (
    <fieldset class="segmented">
      <legend class={hideLabel ? "visually-hidden" : undefined}>{label}</legend>
      <div>
        {options.map((option) => (
          <label key={option.value}>
            <input type="radio" name={name} checked={option.value === value} onChange={() => onChange(option.value)} />
            <span>{option.title}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
