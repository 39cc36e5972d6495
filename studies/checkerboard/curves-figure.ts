import { type TopLevelSpec } from "vega-lite";
import { drawChart, type Figure } from "../../src/report/index.js";
import { scoreTexts } from "./chart-text.js";
import { type KeptSweep } from "./kept.js";
import { type Losses } from "./losses.js";
import { type Scores } from "./result.js";
import { settingsText } from "./sweep-text.js";

type Panel = Extract<TopLevelSpec, { hconcat: unknown }>["hconcat"][number];

const curveScores: readonly (keyof Scores)[] = ["crps", "mmdPosterior", "supportPosterior", "supportPrior"];
const baselineColour = "#55524c";

/** Scores over tau, with one curve for each combination of the other settings, the adapter alone, and the floor. */
export async function tauFigure({ baseline, cells }: KeptSweep): Promise<Figure> {
  const panel = (score: keyof Scores, k: "k1" | "k4", isTop: boolean): Panel => {
    const { title = "" } = scoreTexts.find(({ name }) => name === score) ?? {};
    const values = cells
      .filter(({ settings }) => typeof settings.tau === "number")
      .map((cell) => ({
        tau: cell.settings.tau,
        value: cell.joint[k][score],
        series: settingsText(cells, cell, ["tau"]) || "joint",
      }));
    const line = (
      name: string,
      value: number,
      strokeDash: number[],
    ): Extract<Panel, { layer: unknown }>["layer"][number] => ({
      data: { values: [{ value, name }] },
      mark: { type: "rule", strokeDash, color: baselineColour, strokeWidth: 1.5 },
      encoding: { y: { field: "value", type: "quantitative" } },
    });
    return {
      // "group": above the panel itself, not above its axis with its labels.
      ...(isTop && { title: { text: title, frame: "group" } as const }),
      width: 210,
      height: 190,
      layer: [
        line("adapter alone", baseline.frozen[k][score], [6, 4]),
        line("exact", baseline.exact[k][score], [1, 3]),
        {
          data: { values },
          mark: { type: "line", point: { size: 28 }, strokeWidth: 1.6 },
          encoding: {
            x: {
              field: "tau",
              type: "quantitative",
              title: "tau",
              scale: { type: "log" },
              axis: { format: "~g", values: [0.01, 0.1, 1, 10, 100], grid: true },
            },
            y: {
              field: "value",
              type: "quantitative",
              title: k === "k1" ? "one step" : "four steps",
              scale: { zero: false },
            },
            color: { field: "series", type: "nominal", title: "joint model" },
          },
        },
      ],
    };
  };
  return drawChart({
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: {
      text: `What tau does to the joint model, ${baseline.iterations} iterations a point`,
      subtitle: [
        "Dashed: the adapter alone on the frozen flow map. Dotted: exact samples, the best that can be reached.",
        "Upper row: one network evaluation a sample, lower row: four.",
      ],
      fontSize: 16,
      subtitlePadding: 6,
      offset: 14,
    },
    vconcat: (["k1", "k4"] as const).map((k) => ({ hconcat: curveScores.map((score) => panel(score, k, k === "k1")) })),
  });
}

const termTitles: Readonly<Record<string, string>> = {
  "flow matching": "flow matching",
  meanFlow: "mean flow",
  observation: "observation, -log p(y | x)",
  kl: "KL(q(z | y) || N(0, I))",
  distillation: "distillation",
};

const scoreTitles: Readonly<Record<string, string>> = {
  pixelScore: "score of the pixels",
  energyScore: "energy score",
  priorScore: "energy score of the prior",
};

/** Training curves of a run, a panel for each stage. */
export async function lossFigure(losses: Losses): Promise<Figure> {
  const nameOf = ({ phase, stage }: Losses[number]): string => `${phase}/${stage}`;
  const panels = [...new Set(losses.map(nameOf))].map((name) => losses.filter((line) => nameOf(line) === name));
  const scores = Object.keys(scoreTitles).filter((name) => losses.some(({ measures }) => name in measures));
  const titles: Record<string, string> = {
    ...termTitles,
    ...Object.fromEntries(scores.map((name) => [name, scoreTitles[name]])),
  };
  const terms = Object.values(titles);
  return drawChart({
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: {
      text: "Training",
      subtitle:
        "Every term of the loss before its weight, on a logarithmic scale; medians between two lines of the log.",
      fontSize: 16,
      subtitlePadding: 6,
      offset: 14,
    },
    columns: 4,
    concat: panels.map((lines): Panel => {
      const values = lines.flatMap(({ step, measures }) =>
        Object.entries(measures).map(([term, value]) => ({ step, term: titles[term] ?? term, value })),
      );
      return {
        title: panelTitle(lines[0]),
        width: 210,
        height: 190,
        data: { values },
        mark: { type: "line", strokeWidth: 1.5 },
        encoding: {
          x: { field: "step", type: "quantitative", title: "step", axis: { tickCount: 4 } },
          y: { field: "value", type: "quantitative", title: "loss", scale: { type: "log", nice: false } },
          color: { field: "term", type: "nominal", title: null, scale: { domain: terms } },
        },
      };
    }),
  });
}

function panelTitle({ phase, kind, measures }: Losses[number]): string {
  if (phase === "base") return `Flow map: ${kind.replace("-", " ")}`;
  if (phase === "frozen") return "Adapter alone";
  if (kind === "distillation") return "Joint: its own flow distilled";
  if (kind === "adapter") return "Joint: the adapter once more";
  return "kl" in measures ? "Joint: flow map and adapter" : "Joint: flow map, coupling kept";
}
