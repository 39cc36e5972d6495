// Charts, pictures, tables and self-contained HTML pages of samples, scores and verdicts.
// Nothing here computes a score.
export {
  type Article,
  type ArticleCell,
  type ArticleFigure,
  type ArticleSection,
  type ArticleTable,
  renderArticle,
} from "./article.js";
export { vectorFigure } from "./calibration-charts.js";
export {
  type CalibrationReport,
  figureName,
  type ReportedSampler,
  writeCalibrationReport,
} from "./calibration-report.js";
export { drawChart, type Figure } from "./chart.js";
export { type MetricColumn, type MetricName, type ReportedMetrics } from "./columns.js";
export {
  type FigureCell,
  type FigureColumn,
  figuresTable,
  type FiguresTable,
  type MetricsLine,
  metricsTable,
} from "./figures-table.js";
export { imageCalibrationFigure } from "./image-calibration-figure.js";
export { type ReportProblem, type ReportRow } from "./problem-section.js";
export { type ProblemText, problemText } from "./problem-texts.js";
export { meanOf, reportRow, sampleTensors, standardDeviationOf, unstack } from "./report-row.js";
export { type Report, writeReport } from "./report.js";
export { samplesPicture } from "./samples-picture.js";
export { verdictHead, verdictRow } from "./verdict-table.js";
