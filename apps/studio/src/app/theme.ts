import { effect, signal } from "@preact/signals";

/** "system" follows the device. */
export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const key = "vfm-studio-theme";

/** The reader's choice, kept for the next visit where the browser keeps anything. */
export const theme = signal<Theme>(read());

/** Counts changes of the theme, by the reader or the device: canvases are painted again when it changes. */
export const themeChanges = signal(0);

function read(): Theme {
  try {
    return themes.find((name) => name === localStorage.getItem(key)) ?? "system";
  } catch {
    return "system";
  }
}

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  themeChanges.value = themeChanges.peek() + 1;
  try {
    localStorage.setItem(key, theme.value);
  } catch {
    // A browser that keeps nothing still shows the choice.
  }
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  themeChanges.value += 1;
});
