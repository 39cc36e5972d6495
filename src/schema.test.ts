import { describe, expect, it } from "vitest";
import { z } from "zod";
import { parseWith } from "./schema.js";

const schema = z.strictObject({
  steps: z.int().positive(),
  name: z.string(),
  kind: z.enum(["a", "b"]).optional(),
  shape: z.array(z.number()).min(1).optional(),
  channels: z.union([z.literal(1), z.literal(3)]).optional(),
  rate: z.union([z.number(), z.strictObject({ start: z.number(), end: z.number() })]).optional(),
  data: z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("mnist") })]).optional(),
  even: z
    .number()
    .refine((value) => value % 2 === 0, "it has to be even")
    .optional(),
});
const right = { steps: 1, name: "x" };

describe("what does not fit a schema", () => {
  it.each<[object, string]>([
    [{ name: "x" }, "steps: it is missing, give a finite number"],
    [{ ...right, steps: 0 }, "steps: it is 0, give more than 0"],
    [{ ...right, steps: 1.5 }, "steps: it is 1.5, give an integer"],
    [{ ...right, name: ["x"] }, "name: it is a list of 1, give a text"],
    [{ ...right, kind: "\u001b[31m" }, 'kind: it is "\\u001b[31m", give "a" or "b"'],
    [{ ...right, shape: [] }, "shape: it is a list of 0, give at least 1 entries"],
    [{ ...right, shape: [1, "x"] }, 'shape.1: it is "x", give a finite number'],
    [{ ...right, channels: 2 }, "channels: it is 2, give 1 or 3"],
    [{ ...right, rate: "fast" }, 'rate: it is "fast", give a finite number or an object'],
    [{ ...right, rate: { start: 1 } }, "rate: end: it is missing, give a finite number"],
    [{ ...right, data: { kind: "foo" } }, 'data.kind: it is an object, give "mnist"'],
    [{ ...right, even: 3 }, "even: it has to be even"],
    [{ ...right, stepz: 3 }, 'there is no entry "stepz" here'],
  ])("%j", (value, said) => expect(() => parseWith(schema, value, "f.json")).toThrow(`f.json: ${said}`));

  it("names three entries, and how many more there are", () => {
    const many = z.strictObject(Object.fromEntries(["a", "b", "c", "d", "e"].map((name) => [name, z.number()])));
    expect(() => parseWith(many, {}, "f.json")).toThrow(/^f\.json: a: .*; b: .*; c: .*; and 2 more$/);
  });

  it("is short and printable whatever the file holds", () => {
    const long = "\u0007x".repeat(5000);
    expect.assertions(2);
    try {
      parseWith(schema, { steps: long, name: { [long]: 1 }, [long]: long, kind: long }, "f.json");
    } catch (error) {
      const { message } = error as Error;
      expect(message.length).toBeLessThan(300);
      expect(message).not.toMatch(/\p{Cc}/u);
    }
  });
});
