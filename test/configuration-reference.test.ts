import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { adapterModels, conditionalModels, flowMapModels } from "../src/models/registry.js";
import { autoencoderKlSchema } from "../src/models/autoencoder-kl.js";
import { modelSpecEntries } from "../src/models/model-spec.js";
import { parseTrainConfig } from "../src/train/configuration/index.js";
import { dataSchema, trainConfigSchema } from "../src/train/configuration/config.js";
import { stageSchema } from "../src/train/stages/stages.js";

interface JsonSchema {
  properties: Record<string, { default?: unknown; const?: unknown }>;
  required?: string[];
  allOf?: JsonSchema[];
}

const page = await readFile("docs/configuration.md", "utf8");

/** The entries of a schema with their defaults: undefined if there is none. */
function entriesOf(schema: z.ZodType): Record<string, unknown> {
  const { properties } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as unknown as JsonSchema;
  return Object.fromEntries(Object.entries(properties).map(([name, entry]) => [name, entry.default]));
}

/** The cells of the first table below a heading, without its head; a bar in a cell is written \|. */
function tableBelow(heading: string): string[][] {
  const [, below] = page.split(new RegExp(`^#+ ${heading}$`, "m"));
  const [section] = below.split(/^#+ /m);
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const code = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text);

/** The default that a cell says; undefined for "none" and "required". */
const defaultIn = (cell: string): unknown =>
  cell === "none" || cell === "required" ? undefined : JSON.parse(code(cell)[0]);

/** The entries of a table of single entries. */
const entriesBelow = (heading: string): Record<string, unknown> =>
  Object.fromEntries(tableBelow(heading).map(([name, value]) => [code(name)[0], defaultIn(value)]));

/** The entries in a cell such as `size`, `depth: 4`. */
const entriesIn = (cell: string): Record<string, unknown> =>
  Object.fromEntries(
    code(cell).map((text) => {
      const [name, value] = text.split(/: (.*)/s);
      return [name, value === undefined ? undefined : (JSON.parse(value) as unknown)];
    }),
  );

const without = (entries: Record<string, unknown>, ...names: string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(entries).filter(([name]) => !names.includes(name)));

describe("docs/configuration.md", () => {
  it("lists every entry of the file, the data and the problems", () => {
    expect(entriesBelow("The whole file")).toEqual(entriesOf(trainConfigSchema));
    const kinds = tableBelow("Data").map(([kind, entries]) => [code(kind)[0], entriesIn(entries)]);
    const wanted = dataSchema.options.map((option) => [option.shape.kind.value, without(entriesOf(option), "kind")]);
    expect(Object.fromEntries(kinds)).toEqual(Object.fromEntries(wanted));
    expect(entriesBelow("Problems")).toEqual(entriesOf(modelSpecEntries.problems.unwrap().element));
  });

  it.each([
    ["Flow maps", flowMapModels],
    ["Adapters", adapterModels],
    ["Conditional flow maps", conditionalModels],
    ["The autoencoder", { "autoencoder-kl": { configSchema: autoencoderKlSchema } }],
  ])("lists every network with its entries: %s", (heading, models) => {
    const listed = tableBelow(heading).map(([name, entries]) => [code(name)[0], entriesIn(entries)]);
    const wanted = Object.entries(models).map(([name, { configSchema }]) => [
      name,
      without(entriesOf(configSchema as z.ZodType), "model", "shape"),
    ]);
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(wanted));
    const explained = tableBelow("What the entries mean").flatMap(([names]) => code(names));
    for (const [, entries] of wanted) for (const name of Object.keys(entries)) expect(explained).toContain(name);
  });

  it("lists every kind of stage with its entries", () => {
    const kinds = tableBelow("Stages").map(([kind, , groups]) => ({
      kind: code(kind)[0],
      groups: [...groups.matchAll(/\[([^\]]+)\]/g)].map(([, name]) => name[0].toUpperCase() + name.slice(1)),
    }));
    expect(kinds.map(({ kind }) => kind).sort()).toEqual(
      stageSchema.options.map(({ shape }) => shape.kind.value).sort(),
    );
    for (const option of stageSchema.options) {
      const kind = option.shape.kind.value;
      const listed = { ...entriesBelow("Every stage") };
      if (kind === "conditional-score") delete listed.reduction;
      if (kind === "adapter" || kind === "joint") listed.reduction = "sum";
      if (kind === "joint") listed.learningRate = { flowMap: 0.0003, adapter: 0.001 };
      for (const group of kinds.find((row) => row.kind === kind)?.groups ?? [])
        Object.assign(listed, entriesBelow(group));
      const wanted: Record<string, unknown> = without(entriesOf(option), "kind");
      wanted.schedule = option.shape.schedule.parse(undefined);
      expect(listed, kind).toEqual(wanted);
    }
    const [, defaults] = tableBelow("Every stage").find(([name]) => name === "`reduction`") ?? [];
    expect(defaults).toBe('`"mean"`; `"sum"` of `adapter` and `joint`');
    const [, rates] = tableBelow("Every stage").find(([name]) => name === "`learningRate`") ?? [];
    expect(rates).toBe('`0.001`; `{"flowMap": 0.0003, "adapter": 0.001}` of `joint`');
  });

  it("has an example that is valid", () => {
    const [, example] = page.split("```json\n");
    expect(parseTrainConfig(JSON.parse(example.split("```")[0]), "the example").stages).toHaveLength(3);
  });
});
