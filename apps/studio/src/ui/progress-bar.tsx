/** Progress, from 0 to 1. */
export function ProgressBar({ label, value }: { label: string; value: number }) {
  return (
    <div class="progress">
      <progress aria-label={label} max={1} value={value} />
      <span>{label}</span>
    </div>
  );
}
