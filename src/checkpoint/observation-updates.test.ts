import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostArray } from "../array/index.js";
import { InputError } from "../errors.js";
import { imageProblem } from "../operators/index.js";
import { axisVariances, cosineVariances, observationUpdate, readUpdates, writeUpdates } from "./observation-updates.js";

const problems = [imageProblem("denoise", { sigma: 0.5 }), imageProblem("inpaint-box", { sigma: 0.1 })];
const settings = { temperature: 1.2, residual: 0.3, power: 0.5, saturation: 1 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "updates-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("updates of a checkpoint", () => {
  it("are none without a file", async () => {
    expect(await readUpdates(folder, problems, [2], undefined)).toBeUndefined();
  });

  it("come back by the problem's name", async () => {
    await writeUpdates(folder, { format: 1, variances: [4, 16], problems: { "inpaint-box": settings } });
    const updates = await readUpdates(folder, problems, [2], undefined);
    expect([...(updates?.keys() ?? [])]).toEqual(["inpaint-box"]);
    const { temperature, residual } = updates?.get("inpaint-box") ?? {};
    expect(temperature).toBe(1.2);
    expect(residual?.saturation).toBe(1);
    // Variances are in the ratio 2 to 4, and their mean is 0.3^2.
    expect((residual?.scales.data[0] ?? 0) ** 2).toBeCloseTo((0.09 * 2) / 3, 6);
    expect((residual?.scales.data[1] ?? 0) ** 2).toBeCloseTo((0.09 * 4) / 3, 6);
  });

  it("are refused for images of another size, and if they are damaged", async () => {
    await expect(readUpdates(folder, problems, [3], undefined)).rejects.toThrow(/2 variances/);
    await writeFile(join(folder, "updates.json"), '{"format":1,"variances":[1,-1],"problems":{}}');
    await expect(readUpdates(folder, problems, [2], undefined)).rejects.toThrow(InputError);
  });

  it("need no axes where the variance is the same along all", () => {
    const axes = hostArray([0, 1, 1, 0], [2, 2]);
    const { residual } = observationUpdate({ ...settings, power: 0 }, { variances: [1, 2] }, axes);
    expect(residual?.leading).toBeUndefined();
    expect(Array.from(residual?.scales.data ?? [])).toEqual([Math.fround(0.3), Math.fround(0.3)]);
  });

  it("keep the 128 axes that vary most, the rest at its mean, and the root mean square", () => {
    const size = 130;
    const axes = hostArray(new Float32Array(size * size), [size, size]);
    for (let i = 0; i < size; i++) axes.data[i * size + i] = 1;
    const variances = Array.from({ length: size }, (_, i) => i + 1);
    const { residual } = observationUpdate({ ...settings, power: 1 }, { variances }, axes);
    const [rest] = residual?.scales.data ?? [];
    const leading = residual?.leading;
    expect(leading?.axes.shape).toEqual([128, size]);
    // Axes 0 and 1 vary least; 129 most.
    expect(leading?.axes.data.indexOf(1)).toBe(129);
    expect((leading?.scales.data[0] ?? 0) ** 2 / rest ** 2).toBeCloseTo(130 / 1.5, 3);
    const total = Array.from(leading?.scales.data ?? []).reduce((sum, scale) => sum + scale ** 2, 2 * rest ** 2);
    expect(Math.sqrt(total / size)).toBeCloseTo(settings.residual, 5);
  });

  it("follow the data's variances up to a limit: v k / (v + k)", () => {
    const limitedTo = (residual: number) => {
      const { residual: made } = observationUpdate(
        { ...settings, axes: "cosine", power: 1, limited: true, residual },
        { variances: [], cosineVariances: [0.01, 1, 100] },
        undefined,
      );
      return Array.from(made?.scales.data ?? [], (scale) => scale ** 2);
    };
    const k = 2;
    const wanted = [0.01, 1, 100].map((variance) => 1 / (1 / variance + 1 / k));
    const residual = Math.sqrt(wanted.reduce((sum, variance) => sum + variance) / 3);
    const found = limitedTo(residual);
    expect(found).toHaveLength(3);
    found.forEach((variance, axis) => expect(variance / wanted[axis]).toBeCloseTo(1, 5));
    // More than the data have: proportional to them.
    const [least, , most] = limitedTo(20);
    expect(most / least / 1e4).toBeCloseTo(1, 5);
  });

  it("leave the temperature alone where there is no residual", () => {
    expect(observationUpdate({ ...settings, residual: 0 }, { variances: [1, 2] }, undefined)).toEqual({
      temperature: 1.2,
    });
  });
});

describe("settings with more than the first had", () => {
  const more = { ...settings, texture: 0.5, axes: "cosine", iterations: 6 } as const;

  it("come back: texture, axes of the cosine transform, and how many iterations", async () => {
    const problemsOf = { "inpaint-box": more };
    await writeUpdates(folder, { format: 1, variances: [1, 1], cosineVariances: [16, 4], problems: problemsOf });
    const updates = await readUpdates(folder, problems, [2], undefined);
    const { residual } = updates?.get("inpaint-box") ?? {};
    expect(residual?.cosine).toBe(true);
    expect(residual?.iterations).toBe(6);
    expect(residual?.texture).toBe(0.5);
    expect((residual?.scales.data[0] ?? 0) ** 2).toBeCloseTo((0.09 * 4) / 3, 6);
  });

  it("are refused where the cosine transform's variances are missing", async () => {
    await writeUpdates(folder, { format: 1, variances: [1, 1], problems: { denoise: more } });
    await expect(readUpdates(folder, problems, [2], undefined)).rejects.toThrow(/denoise needs cosineVariances/);
  });

  it("take the variances along cosines, direction by direction", async () => {
    // sqrt(2 / n) cos(pi u (i + 1 / 2) / n) along the rows, the same number along the columns and in both channels.
    const wave = (at: number) => Math.cos((Math.PI * 2 * (Math.floor((at % 12) / 4) + 0.5)) / 3);
    const amplitudes = [3, -3, 1, -1];
    const images = hostArray(
      amplitudes.flatMap((amplitude) => Array.from({ length: 24 }, (_, at) => amplitude * wave(at))),
      [4, 2, 3, 4],
    );
    const variances = await cosineVariances(images);
    // u = 2 of the rows: |wave|^2 times the amplitudes' variance; nothing else.
    const power = Array.from({ length: 24 }, (_, at) => wave(at) ** 2).reduce((a, b) => a + b, 0);
    variances.forEach((variance, axis) => expect(variance).toBeCloseTo(axis === 8 ? 5 * power : 0, 4));
  });
});

describe("variances along axes", () => {
  const [x, y] = [3, 4];
  const points = hostArray([x + y, x - y, -x + y, -x - y, x - y, x + y, -x - y, -x + y], [4, 2]);

  it("are the pixels' without axes, and along the axes else", () => {
    expect(axisVariances(points, undefined)).toEqual([x * x + y * y, x * x + y * y]);
    const half = Math.SQRT1_2;
    const turned = axisVariances(points, hostArray([half, half, half, -half], [2, 2]));
    expect(turned[0]).toBeCloseTo(2 * x * x, 4);
    expect(turned[1]).toBeCloseTo(2 * y * y, 4);
  });
});
