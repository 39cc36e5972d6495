import axe from "axe-core";
import { type Page } from "playwright-core";

/** What axe finds wrong with a page and calls serious or critical, a line each. */
export async function seriousProblems(tab: Page): Promise<string[]> {
  // The page's policy lets no script in but its own: the driver runs it.
  await tab.evaluate(axe.source);
  const { violations } = await tab.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 200)}`));
}
