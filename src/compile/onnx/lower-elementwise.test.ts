import { expect, it } from "vitest";
import { GraphBuilder } from "./graph.js";
import { lowerAdd, lowerDivision } from "./lower-elementwise.js";
import { uniform } from "./view.js";

it("divides constants while the graph is written", () => {
  const graph = new GraphBuilder();
  const divided = (primitive: string) =>
    lowerDivision(graph, primitive, uniform(-7, [2], "int32"), uniform(2, [3, 1], "int32"));
  expect(divided("idiv")).toEqual(uniform(-3, [3, 2], "int32"));
  expect(divided("mod")).toEqual(uniform(-1, [3, 2], "int32"));
});

it("adds true and true to true", () => {
  const yes = uniform(1, [2], "bool");
  expect(lowerAdd(new GraphBuilder(), yes, yes)).toEqual(yes);
});
