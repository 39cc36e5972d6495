import { type Scores } from "./result.js";

/** The name of a score for readers. */
export interface ScoreText {
  name: keyof Scores;
  title: string;
  /** One line that explains the score, and which values are good. */
  explanation: string;
}

/** The scores in the order of tables. */
export const scoreTexts: readonly ScoreText[] = [
  {
    name: "nlpd",
    title: "NLPD",
    explanation:
      "negative log density that the samples predict for another observation of the same point; lower is better",
  },
  {
    name: "crps",
    title: "CRPS",
    explanation:
      "mean distance of the samples from the true point, minus half their mean distance from each other; lower is better",
  },
  { name: "crpsFair", title: "CRPS, fair", explanation: "the same without the bias of a finite number of samples" },
  {
    name: "supportPosterior",
    title: "Support, posterior",
    explanation: "share of posterior samples on filled squares; 1 is right",
  },
  {
    name: "supportPrior",
    title: "Support, prior",
    explanation: "share of unconditional samples on filled squares; 1 is right",
  },
  {
    name: "mmdPosterior",
    title: "MMD, posterior",
    explanation:
      "discrepancy from exact samples of the same posterior; lower is better, the floor is that of a finite number of samples",
  },
  { name: "mmdPrior", title: "MMD, prior", explanation: "discrepancy of unconditional samples from the board" },
];
