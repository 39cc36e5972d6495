import { expect, it } from "vitest";
import { hostArray, mul, type NDArray } from "../../array/index.js";
import { compile } from "../index.js";
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

it("does not join factors whose product is beyond float32", async () => {
  for (const factor of [1e30, 1e-30]) {
    const twice = await compile((x: NDArray) => mul(mul(x, factor), factor), [hostArray([1 / factor], [1])]);
    const { data } = await twice.run(hostArray([1 / factor], [1]));
    await twice.dispose();
    expect(data[0] / factor).toBeCloseTo(1, 5);
  }
});

it("adds true and true to true", () => {
  const yes = uniform(1, [2], "bool");
  expect(lowerAdd(new GraphBuilder(), yes, yes)).toEqual(yes);
});
