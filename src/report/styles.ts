import { uncertaintyGradient } from "./colour-map.js";

/** The style sheet of a report: light or dark according to the reader's system. */
export const styles = `
:root {
  color-scheme: light dark;
  --page: #f7f6f3; --card: #ffffff; --ink: #1d1c1a; --quiet: #6b6862; --line: #e4e1da; --accent: #8a2f6f; --frame: #d6d2c9;
}
@media (prefers-color-scheme: dark) {
  :root { --page: #141316; --card: #1d1c20; --ink: #ecebe8; --quiet: #9d9aa3; --line: #302e35; --accent: #e58bc3; --frame: #3b3941; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1140px; margin: 0 auto; padding: 48px 24px 64px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 10px; letter-spacing: -0.02em; text-wrap: balance; }
h2 { font-size: 19px; line-height: 1.3; margin: 0; letter-spacing: -0.01em; }
p { margin: 0; }
.lead { max-width: 70ch; font-size: 16.5px; }
.facts { display: flex; flex-wrap: wrap; gap: 8px; margin: 20px 0 0; padding: 0; list-style: none; }
.facts li { background: var(--card); border: 1px solid var(--line); border-radius: 999px; padding: 4px 12px; font-size: 13px; color: var(--quiet); }
.facts b { color: var(--ink); font-weight: 600; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 22px 24px 24px; margin-top: 24px; }
section > p { max-width: 82ch; color: var(--quiet); margin-top: 4px; }
.scroll { overflow-x: auto; margin-top: 14px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 12px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th { font-size: 12.5px; font-weight: 600; color: var(--quiet); }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
tbody tr:last-child td { border-bottom: 0; }
td a { color: inherit; text-decoration-color: var(--frame); text-underline-offset: 3px; }
td small { color: var(--quiet); margin-left: 8px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 12px 0 0; font-size: 13.5px; }
.scroll + dl { margin-top: 14px; padding-top: 14px; border-top: 1px solid var(--line); }
dt { font-weight: 600; }
dd { margin: 0; color: var(--quiet); }
.figure { background: #ffffff; border-radius: 8px; padding: 10px; }
.figure img { display: block; max-width: 100%; height: auto; }
.problem header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 14px; }
.problem header span { color: var(--quiet); font-size: 13.5px; font-variant-numeric: tabular-nums; }
.problem header span b { color: var(--accent); font-weight: 600; }
.rows { display: grid; gap: 8px 14px; width: max-content; align-items: center; }
.rows .head { font-size: 12.5px; font-weight: 600; color: var(--quiet); }
.rows .head.indented { padding-left: 11px; }
.rows img { display: block; width: 100%; height: auto; image-rendering: pixelated; border-radius: 3px; outline: 1px solid var(--frame); outline-offset: -1px; background: #000; }
.large { width: var(--large); }
.samples { display: grid; gap: 2px; grid-template-columns: repeat(var(--across), var(--small)); padding: 0 10px; border-left: 1px solid var(--line); border-right: 1px solid var(--line); }
.scale { display: inline-flex; align-items: center; gap: 6px; font-weight: 400; font-variant-numeric: tabular-nums; }
.scale i { width: 34px; height: 8px; border-radius: 2px; background: ${uncertaintyGradient}; }
@media (max-width: 640px) { main { padding: 28px 14px 40px; } section { padding: 16px; } dl { grid-template-columns: 1fr; } dd { margin-bottom: 6px; } }
`;
