import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Locator, type Page } from "playwright-core";
import { expect } from "vitest";
import { rootMeanSquare } from "../agreement.js";
import { atRest, samplesOf } from "./visit.js";

/** What the page's worker sent: see `visit`. */
declare const messages: { kind: string }[];

/** The picture of y. */
export const observed = (tab: Page): Locator => tab.locator(".pictures .pad").nth(1);

/** Drags across a picture, its parts given as shares of its size, and waits after each of them. */
export async function drag(
  tab: Page,
  picture: Locator,
  points: readonly [x: number, y: number][],
  moved = (): Promise<unknown> => Promise.resolve(),
): Promise<void> {
  await picture.scrollIntoViewIfNeeded();
  const box = await picture.boundingBox();
  if (box === null) throw new Error("the picture is not there");
  const at = ([x, y]: readonly [number, number]): [number, number] => [box.x + x * box.width, box.y + y * box.height];
  await tab.mouse.move(...at(points[0]));
  await tab.mouse.down();
  for (const point of points.slice(1)) {
    await tab.mouse.move(...at(point));
    await moved();
  }
  await tab.mouse.up();
}

/** Whether any of the pictures in a part of the page shows something. */
export function arePainted(tab: Page, pictures: string): Promise<boolean> {
  return tab.locator(pictures).evaluateAll((elements) =>
    (elements as HTMLCanvasElement[]).some((canvas) =>
      canvas
        .getContext("2d")
        ?.getImageData(0, 0, canvas.width, canvas.height)
        .data.some((value) => value > 0),
    ),
  );
}

/** What the page measured of its own work under this name, in milliseconds. */
export function durationsOf(tab: Page, name: string): Promise<number[]> {
  return tab.evaluate((measured) => performance.getEntriesByName(measured).map(({ duration }) => duration), name);
}

/** Saves the file that a button gives, and returns its path. */
export async function download(tab: Page, button: string): Promise<string> {
  const [file] = await Promise.all([tab.waitForEvent("download"), tab.click(`text=${button}`)]);
  const path = join(await mkdtemp(join(tmpdir(), "vfm-studio-")), file.suggestedFilename());
  await file.saveAs(path);
  return path;
}

/** How many calls of workers failed, or were called off. */
export function failuresOf(tab: Page): Promise<number> {
  return tab.evaluate(() => messages.filter(({ kind }) => kind === "error").length);
}

/** Drags the box of hidden pixels about, and checks what the page makes of it. Returns the median time of a redraw. */
export async function dragBox(tab: Page): Promise<number> {
  const before = await samplesOf(tab);
  await tab.evaluate(() => performance.clearMeasures("redraw"));
  const points = Array.from({ length: 40 }, (_, i): [number, number] => [0.5 + 0.25 * Math.sin(i / 5), 0.5 + i / 200]);
  let drawn = before.count;
  // Samples come while the box is dragged, not only after it.
  await drag(tab, observed(tab), points, async () => {
    if (drawn >= before.count + 3) return;
    await expect.poll(async () => (await samplesOf(tab)).count).toBeGreaterThan(drawn);
    drawn = (await samplesOf(tab)).count;
  });
  await atRest(tab);
  const after = await samplesOf(tab);
  // No more redraws than there were moves.
  expect(after.count).toBeLessThanOrEqual(before.count + points.length + 1);
  expect(after.values).toHaveLength(before.values.length);
  expect(rootMeanSquare(after.values, before.values)).toBeGreaterThan(0.01);
  expect(new URL(tab.url()).hash).toContain("box=");
  const durations = await durationsOf(tab, "redraw");
  return durations.sort((a, b) => a - b)[Math.floor(durations.length / 2)];
}
