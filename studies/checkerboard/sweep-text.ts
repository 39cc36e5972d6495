import { type CellResult } from "./result.js";

/** The settings of a cell as text, without those that all cells share and those named in `except`. */
export function settingsText(
  cells: readonly CellResult[],
  { settings }: CellResult,
  except: readonly string[] = [],
): string {
  const shared = sharedSettings(cells);
  return Object.entries(settings)
    .flatMap(([name, value]) => (name in shared || except.includes(name) ? [] : [settingText(name, value)]))
    .join(", ");
}

/** The settings that every cell of a sweep has with the same value. */
export function sharedSettings(cells: readonly CellResult[]): CellResult["settings"] {
  if (cells.length < 2) return {};
  const [first, ...others] = cells;
  return Object.fromEntries(
    Object.entries(first.settings).filter(([name, value]) => others.every(({ settings }) => settings[name] === value)),
  );
}

/** A setting in words. */
export function settingText(name: string, value: CellResult["settings"][string]): string {
  if (typeof value === "object")
    return "start" in value
      ? `${name} from ${value.start} to ${value.end}`
      : `${name} (${Object.entries(value)
          .map(([entry, number]) => `${entry} ${number}`)
          .join(", ")})`;
  if (name === "detachNoise") return value === true ? "z detached" : "z attached";
  if (name === "observationFlowMap")
    return value === "trained" ? "no EMA" : value === "average" ? "EMA" : `map ${value}`;
  return `${name} ${value}`;
}
