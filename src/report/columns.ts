/** The figures that a report can show for a problem; evaluation results have more. */
export type ReportedMetrics = Partial<Record<MetricName, number>>;

/** The names of the figures in evaluation results. */
export type MetricName =
  "crps" | "psnrSample" | "psnrMean" | "coverage90" | "misfit" | "labelAgreement" | "msPerSample" | "evaluations";

/** One column of the table of figures. */
export interface MetricColumn {
  name: MetricName;
  title: string;
  /** One line that explains the figure, and which values are good. */
  explanation: string;
  format(value: number): string;
}

const fixed =
  (digits: number, unit = "") =>
  (value: number): string =>
    Number.isFinite(value) ? `${value.toFixed(digits)}${unit}` : "∞";
const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

/** The columns in the order of the table. */
export const metricColumns: readonly MetricColumn[] = [
  {
    name: "crps",
    title: "CRPS",
    explanation:
      "Distance of the distribution of the samples from the truth, smallest if their spread matches their error (inpainting: missing pixels only). Lower is better.",
    format: fixed(3),
  },
  {
    name: "psnrSample",
    title: "PSNR, sample",
    explanation:
      "Peak signal-to-noise ratio of a single sample against the truth. Higher is closer, but a plausible sample that differs from the truth scores low.",
    format: fixed(1, " dB"),
  },
  {
    name: "psnrMean",
    title: "PSNR, mean",
    explanation: "The same for the mean of the samples: the best single guess in squared error, if not the sharpest.",
    format: fixed(1, " dB"),
  },
  {
    name: "coverage90",
    title: "90 % coverage",
    explanation:
      "How often the central 90 % interval of the samples contains the true pixel, over the pixels that are uncertain. 90 % is right; lower is overconfident, higher is too cautious.",
    format: percent,
  },
  {
    name: "misfit",
    title: "Misfit",
    explanation:
      "Squared distance of a degraded sample to the observation, divided by the noise variance. 1 is right; above 1 the samples contradict the observation.",
    format: fixed(2),
  },
  {
    name: "labelAgreement",
    title: "Label",
    explanation: "Share of the samples in which an independent classifier reads the true label. Higher is better.",
    format: percent,
  },
  {
    name: "msPerSample",
    title: "Time",
    explanation: "Milliseconds per sample, drawn in batches on this machine.",
    format: fixed(2, " ms"),
  },
  {
    name: "evaluations",
    title: "Evaluations",
    explanation: "Evaluations of the flow map per sample. One is the least that any generative model needs.",
    format: (value) => String(value),
  },
];

/** The columns for which at least one problem has a figure. */
export function columnsOf(all: readonly ReportedMetrics[]): MetricColumn[] {
  return metricColumns.filter(({ name }) => all.some((metrics) => metrics[name] !== undefined));
}
