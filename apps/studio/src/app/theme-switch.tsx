import { Segmented } from "../ui/index.js";
import { theme, themes } from "./theme.js";

const titles = { system: "Auto", light: "Light", dark: "Dark" };

/** Chooses light, dark, or what the device says. */
export function ThemeSwitch() {
  return (
    <Segmented
      label="Theme"
      hideLabel
      options={themes.map((value) => ({ value, title: titles[value] }))}
      value={theme.value}
      onChange={(value) => (theme.value = value)}
    />
  );
}
