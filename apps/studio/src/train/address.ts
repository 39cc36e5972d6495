import { furthestY } from "../checkerboard/board.js";
import { firstSettings, learningRates, taus, type TrainSettings, widths } from "./settings.js";

/** The settings and the observation in an address. Missing or invalid values take the page's defaults. */
export function settingsOf(state: URLSearchParams): { settings: TrainSettings; y: number } {
  const number = (key: string, otherwise: number, fits: (value: number) => boolean): number => {
    const text = state.get(key);
    // Number("") is 0.
    const value = text === null || text.trim() === "" ? NaN : Number(text);
    return Number.isFinite(value) && fits(value) ? value : otherwise;
  };
  const oneOf = (key: string, otherwise: number, known: readonly number[]): number =>
    number(key, otherwise, (value) => known.includes(value));
  return {
    settings: {
      width: oneOf("width", firstSettings.width, widths),
      learningRate: oneOf("rate", firstSettings.learningRate, learningRates),
      alpha: number("alpha", firstSettings.alpha, (value) => value >= 0 && value <= 1),
      tau: oneOf("tau", firstSettings.tau, taus),
      detach: (state.get("detach") ?? "yes") !== "no",
      score: number("score", firstSettings.score, (value) => value >= 0 && value <= 40),
    },
    y: number("y", 0.5, (value) => Math.abs(value) <= furthestY),
  };
}

/** The address of settings and an observation: the values that differ from the page's defaults. */
export function addressOf(settings: TrainSettings, y: number): URLSearchParams {
  const { width, learningRate, alpha, tau, detach, score } = settings;
  const all = { width, rate: learningRate, alpha, tau, detach: detach ? "yes" : "no", score, y };
  const first = { ...firstSettings, rate: firstSettings.learningRate, detach: "yes", y: 0.5 } as Record<
    string,
    unknown
  >;
  return new URLSearchParams(
    Object.entries(all)
      .filter(([key, value]) => value !== first[key])
      .map(([key, value]) => [key, String(value)]),
  );
}
