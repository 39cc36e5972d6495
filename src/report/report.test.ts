import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { hostArray, type HostArray, hostFull, randomSource } from "../array/index.js";
import { InputError, ShapeError } from "../errors.js";
import { uncertaintyColour } from "./colour-map.js";
import { html } from "./html.js";
import { imageUri, uncertaintyUri } from "./image.js";
import { metricColumns } from "./columns.js";
import { type Report, type ReportRow, writeReport } from "./index.js";
import { renderReport } from "./report.js";

const image = (height: number, width: number, seed = 1, channels = 1): HostArray => {
  const { shape, data } = randomSource(seed, "report image").uniformArray([channels, height, width]);
  return hostArray(
    Float32Array.from(data, (value) => 2 * value - 1),
    shape,
  );
};

const row = (samples: number): ReportRow => ({
  truth: image(28, 28, 1),
  observation: image(7, 7, 2),
  samples: Array.from({ length: samples }, (_, i) => image(28, 28, 10 + i)),
  mean: image(28, 28, 3),
  std: hostFull([1, 28, 28], 0.25),
});

const report: Report = {
  title: "Samples of <digits>",
  lead: 'Degraded "digits" & their posterior',
  facts: [{ name: "Samples", value: "16" }],
  problems: [
    {
      name: "super-resolution",
      title: "Super-resolution",
      description: "A quarter of the resolution.",
      sigma: 0.1,
      rows: [row(16), row(16)],
      metrics: { crps: 0.0501, coverage90: 0.912, misfit: 1.049, psnrMean: Infinity, evaluations: 1 },
    },
  ],
};

/** The bytes of a PNG in a data URI, with its size and its number of channels. */
async function decode(uri: string) {
  const png = Buffer.from(uri.slice("data:image/png;base64,".length), "base64");
  const { width, height, channels } = await sharp(png).metadata();
  const data = await sharp(png)
    .toColourspace(channels === 1 ? "b-w" : "srgb")
    .raw()
    .toBuffer();
  return { data, width, height, channels };
}

describe("html", () => {
  it("escapes text and keeps pieces of HTML", () => {
    const items = ["<", `"'&`].map((text) => html`<i>${text}</i>`);
    expect(html`<b title="${'"'}">${items}${1}</b>`.text).toBe(
      '<b title="&quot;"><i>&lt;</i><i>&quot;&#39;&amp;</i>1</b>',
    );
  });
});

describe("images", () => {
  it("enlarges by repeating pixels", async () => {
    const small = hostArray([-1, 0.2], [1, 1, 2]);
    const { data, width, height, channels } = await decode(await imageUri(small));
    expect([width, height, channels]).toEqual([112, 56, 1]);
    for (let i = 0; i < data.length; i++) expect(data[i]).toBe(i % 112 < 56 ? 0 : 153);
  });

  it("interleaves colours, cuts values off and leaves large images at their size", async () => {
    const colour = image(120, 100, 5, 3);
    const { data } = colour;
    data[0] = 7;
    data[1] = -7;
    const decoded = await decode(await imageUri(colour));
    expect([decoded.width, decoded.height, decoded.channels]).toEqual([100, 120, 3]);
    expect(decoded.data[0]).toBe(255);
    expect(decoded.data[3]).toBe(0);
    expect(decoded.data[3 * 777 + 2]).toBe(Math.round((data[2 * 12_000 + 777] + 1) * 127.5));
  });

  it("shows the root mean square deviation of the channels on a growing lightness", async () => {
    const std = hostArray([0.3, 0.6, 0.6], [3, 1, 1]);
    const root = Math.sqrt(0.27);
    expect(Array.from((await decode(await uncertaintyUri(std, 1))).data.subarray(0, 3))).toEqual(
      uncertaintyColour(root),
    );
    const lightness = Array.from({ length: 21 }, (_, i) => {
      const [red, green, blue] = uncertaintyColour(i / 20);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    });
    lightness.slice(1).forEach((value, i) => expect(value).toBeGreaterThan(lightness[i]));
    expect(uncertaintyColour(9)).toEqual(uncertaintyColour(1));
  });

  it("refuses other channel counts and what is not a number", async () => {
    await expect(imageUri(image(2, 2, 1, 2))).rejects.toThrow(ShapeError);
    await expect(imageUri(hostFull([1, 2, 2], NaN))).rejects.toThrow(InputError);
  });
});

describe("renderReport", () => {
  it("embeds every image and refers to nothing outside the page", async () => {
    const page = await renderReport(report);
    expect(page.match(/src="data:image\/png;base64,/g)).toHaveLength(2 * (16 + 4));
    expect(page.match(/src=/g)).toHaveLength(2 * (16 + 4));
    expect(page).not.toMatch(/https?:|<script|<link|@import|url\(/);
    expect(page.match(/href="[^"]*"/g)).toEqual(['href="#super-resolution"']);
  });

  it("escapes what it is given, and nothing of its style sheet", async () => {
    const page = await renderReport(report);
    expect(page).toContain("<h1>Samples of &lt;digits&gt;</h1>");
    expect(page).toContain("Degraded &quot;digits&quot; &amp; their posterior");
    expect(page).toContain("section > p {");
  });

  it("shows the figures there are, each with its explanation", async () => {
    const page = await renderReport(report);
    for (const text of ["0.050", "91.2 %", "1.05", "∞", "Super-resolution"]) expect(page).toContain(text);
    const shown = metricColumns.filter(({ title }) => page.includes(`<dt>${title}</dt>`)).map(({ name }) => name);
    expect(shown).toEqual(["crps", "psnrMean", "coverage90", "misfit", "evaluations"]);
  });

  it("leaves the truth and the table out where they are not known", async () => {
    const { truth: _, ...withoutTruth } = row(3);
    const problem = { ...report.problems[0], rows: [withoutTruth], metrics: undefined };
    const page = await renderReport({ ...report, problems: [problem] });
    expect(page).not.toContain("Truth");
    expect(page).not.toContain("<table");
    expect(page.match(/<img/g)).toHaveLength(3 + 3);
  });

  it("refuses a report without problems or rows", async () => {
    await expect(renderReport({ ...report, problems: [] })).rejects.toThrow(InputError);
    const empty = { ...report.problems[0], rows: [] };
    await expect(renderReport({ ...report, problems: [empty] })).rejects.toThrow("super-resolution");
  });
});

describe("writeReport", () => {
  it("writes the page and leaves no other file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "report-"));
    const path = join(folder, "out", "report.html");
    await writeReport(path, report);
    expect(await readFile(path, "utf8")).toBe(await renderReport(report));
    expect(await readdir(join(folder, "out"))).toEqual(["report.html"]);
  });
});
