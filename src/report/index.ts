export {
  type Article,
  type ArticleCell,
  type ArticleFigure,
  type ArticleSection,
  type ArticleTable,
  renderArticle,
} from "./article.js";
export { drawChart, type Figure } from "./chart.js";
export { type MetricColumn, metricColumns, type MetricName, type ReportedMetrics } from "./columns.js";
export { type ReportProblem, type ReportRow } from "./problem-section.js";
export { renderReport, type Report, writeReport } from "./report.js";
