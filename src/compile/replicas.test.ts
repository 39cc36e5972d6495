import { describe, expect, it } from "vitest";
import { hostArray, mul, type NDArray, sum } from "../array/index.js";
import { InputError } from "../errors.js";
import { compile } from "./compile.js";

describe("replicas", () => {
  it("give overlapping runs the results that they have one by one, each its own arrays", async () => {
    const inputs = [1, 2, 3, 4, 5].map((value) => hostArray([value, 10 * value], [2]));
    const double = await compile((x: NDArray) => ({ twice: mul(x, 2), total: sum(x) }), [inputs[0]], { replicas: 2 });
    try {
      const results = await Promise.all(inputs.map((input) => double.run(input)));
      results.forEach(({ twice, total }, i) => {
        expect([...twice.data]).toEqual([2 * (i + 1), 20 * (i + 1)]);
        expect(total.data[0]).toBe(11 * (i + 1));
      });
    } finally {
      await double.dispose();
    }
  });

  it("read a part of a larger buffer as that part", async () => {
    const data = Float32Array.from({ length: 100 }, (_, i) => i).subarray(50, 52);
    const copy = await compile((x: NDArray) => mul(x, 1.5), [{ shape: [2], type: "float32" }], { replicas: 2 });
    try {
      const both = await Promise.all([0, 1].map(() => copy.run({ shape: [2], data })));
      for (const result of both) expect([...result.data]).toEqual([75, 76.5]);
    } finally {
      await copy.dispose();
    }
  });

  it("settle when the function is disposed of before, during and after a run", async () => {
    const x = hostArray([1, 2], [2]);
    const twice = await compile((v: NDArray) => mul(v, 2), [x], { replicas: 2 });
    const runs = [0, 1, 2, 3].map(() => twice.run(x));
    await Promise.all([twice.dispose(), twice.dispose()]);
    for (const run of runs) expect([...(await run).data]).toEqual([2, 4]);
    await expect(twice.run(x)).rejects.toThrow(InputError);
    await twice.dispose();
  });
});
