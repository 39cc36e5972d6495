import * as ort from "onnxruntime-node";
import * as jax from "@jax-js/jax";
import { describe, expect, it } from "vitest";
import * as a from "../array/index.js";
import { CompileError, InputError, ShapeError, VfmError } from "../errors.js";
import { compile, liveFunctions } from "./compile.js";
import { toOnnx } from "./to-onnx.js";

const extremes = a.hostArray([-1e4, -200, -100, -89, -1, 0, 1, 89, 100, 200, 1e4], [11]);

describe.each(["onnx", "jax"] as const)("extremes on %s", (backend) => {
  const derivatives: Record<string, (fn: (x: a.NDArray) => a.NDArray) => (x: a.NDArray) => a.NDArray> = {
    value: (fn) => fn,
    jvp: (fn) => (x) => a.jvp(fn, [x], [a.ones([11])])[1],
    gradient: (fn) => (x) => a.gradient((y: a.NDArray) => a.sum(fn(y)))(x),
    "gradient of the jvp": (fn) => (x) => a.gradient((y: a.NDArray) => a.sum(a.jvp(fn, [y], [a.ones([11])])[1]))(x),
  };
  const exact = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
  const slope = (x: number): number => exact(x) * exact(-x);
  const bend = (x: number): number => slope(x) * (exact(-x) - exact(x));
  const expected: Record<string, Record<string, (x: number) => number>> = {
    sigmoid: { value: exact, jvp: slope, gradient: slope, "gradient of the jvp": bend },
    softplus: {
      value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
      jvp: exact,
      gradient: exact,
      "gradient of the jvp": slope,
    },
    silu: {
      value: (x) => x * exact(x),
      jvp: (x) => exact(x) + x * slope(x),
      gradient: (x) => exact(x) + x * slope(x),
      "gradient of the jvp": (x) => 2 * slope(x) + x * bend(x),
    },
  };
  it.each(["sigmoid", "softplus", "silu"] as const)("%s and its derivatives are finite and right", async (name) => {
    for (const [kind, derive] of Object.entries(derivatives)) {
      const compiled = await compile(derive(a[name]), [extremes], { backend });
      const { data } = await compiled.run(extremes);
      extremes.data.forEach((x, i) => {
        const target = expected[name][kind](x);
        expect(Math.abs(data[i] - target), `${kind} at ${x}: ${data[i]}`).toBeLessThan(
          1e-6 * Math.max(1, Math.abs(target)),
        );
      });
    }
  });
});

describe("compile", () => {
  it("names an unsupported primitive and the place in the user's function that makes it", async () => {
    function sortsItsArgument(x: a.NDArray): a.NDArray {
      return jax.numpy.sort((x as unknown as jax.Array).ref) as unknown as a.NDArray;
    }
    const failure = compile(sortsItsArgument, [a.hostZeros([4])]);
    await expect(failure).rejects.toThrow(CompileError);
    await expect(failure).rejects.toThrow(/"sort".*sortsItsArgument.*compile\.test\.ts/);
  });

  it("refuses arguments of another shape, element type or form, by name", async () => {
    const compiled = await compile((p: { w: a.NDArray }) => a.square(p.w), [{ w: a.hostZeros([2, 3]) }]);
    await expect(compiled.run({ w: a.hostZeros([3, 2]) })).rejects.toThrow(
      /0\.w is float32 \[3, 2\], expected float32 \[2, 3\]/,
    );
    await expect(compiled.run({ w: { shape: [2, 3], data: new Int32Array(6) } })).rejects.toThrow(ShapeError);
    await expect(compiled.run({} as never)).rejects.toThrow("argument 0 has nothing: give w, as in the example");
  });

  it.each(["onnx", "jax"] as const)("refuses data that do not fill their shape on %s", async (backend) => {
    const compiled = await compile((x: a.NDArray) => a.square(x), [a.hostZeros([2])], { backend });
    const short = compiled.run({ shape: [2], data: new Float32Array(3) });
    await expect(short).rejects.toThrow(ShapeError);
    await expect(short).rejects.toThrow(/argument 0, float32 \[2\], needs 2 values, it has 3/);
    await expect(compiled.run({ data: new Float32Array(2) } as never)).rejects.toThrow(ShapeError);
    await compiled.dispose();
  });

  it.each(["onnx", "jax"] as const)("is disposed of once and not run afterwards on %s", async (backend) => {
    const x = a.hostArray([1, 2], [2]);
    const before = liveFunctions();
    const compiled = await compile((y: a.NDArray) => a.square(y), [x], { backend });
    expect(liveFunctions()).toBe(before + 1);
    const running = compiled.run(x);
    await compiled.dispose();
    await compiled.dispose();
    expect(liveFunctions()).toBe(before);
    expect([...(await running).data]).toEqual([1, 4]);
    await expect(compiled.run(x)).rejects.toThrow(InputError);
  });

  it("keeps a result valid until the next call but one when outputs are reused", async () => {
    const compiled = await compile((x: a.NDArray) => a.mul(x, 2), [a.hostZeros([2])], { reuseOutputs: true });
    const first = await compiled.run(a.hostArray([1, 2], [2]));
    const second = await compiled.run(a.hostArray([3, 4], [2]));
    expect([...first.data, ...second.data]).toEqual([2, 4, 6, 8]);
    // The third result is written where the first was.
    const third = await compiled.run(a.hostArray([5, 6], [2]));
    expect(third.data).toBe(first.data);
    expect([...first.data, ...second.data]).toEqual([10, 12, 6, 8]);
    await compiled.dispose();
  });

  it("throws an error of its own where the engine fails at run time", async () => {
    const [x, indices] = [a.hostArray([1, 2, 3], [3]), a.hostArray(Int32Array.of(7), [1])];
    const compiled = await compile(a.take, [x, indices], { backend: "onnx" });
    await expect(compiled.run(x, indices)).rejects.toThrow(VfmError);
    await expect(compiled.run(x, indices)).rejects.toThrow(/^ONNX Runtime failed: /);
    expect(Array.from((await compiled.run(x, a.hostArray(Int32Array.of(2), [1]))).data)).toEqual([3]);
  });

  it("reads an object's leaves by key, whatever their order", async () => {
    const zero = a.hostZeros([1]);
    const compiled = await compile((p: { a: a.NDArray; b: a.NDArray }) => a.sub(p.a, p.b), [{ a: zero, b: zero }]);
    const { data } = await compiled.run({ b: a.hostArray([1], [1]), a: a.hostArray([5], [1]) });
    expect(data[0]).toBe(4);
  });
});

it("speaks of the option of a device that the jax engine is given", async () => {
  const compiling = compile((x: a.NDArray) => x, [a.hostZeros([2])], { backend: "jax", device: "cuda" });
  await expect(compiling).rejects.toThrow(/^compile: device is "cuda"/);
});

describe("toOnnx", () => {
  it("writes standard operators that plain ONNX Runtime runs under the given names", async () => {
    const random = a.randomSource(5, "export");
    const weights = random.normalArray([2, 4, 3]);
    const fn = (x: a.NDArray): a.NDArray => a.softmax(a.matmul(a.silu(x), a.transpose(a.constant(weights), [0, 2, 1])));
    const x = random.normalArray([2, 5, 3]);
    const model = await toOnnx(fn, [x], { inputNames: ["x"], outputNames: ["y"] });
    expect(Buffer.from(model).includes("com.microsoft")).toBe(false);
    const session = await ort.InferenceSession.create(model);
    expect([session.inputNames, session.outputNames]).toEqual([["x"], ["y"]]);
    const { y } = await session.run({ x: new ort.Tensor("float32", x.data as Float32Array, [2, 5, 3]) });
    const onJax = await compile(fn, [x], { backend: "jax" });
    const expected = await onJax.run(x);
    expect(y.dims).toEqual([2, 5, 4]);
    expected.data.forEach((value, i) => expect(Number(y.data[i])).toBeCloseTo(value, 5));
  });

  it("refuses names that occur twice", async () => {
    const both = (x: a.NDArray, y: a.NDArray): a.NDArray[] => [a.add(x, y), a.exp(x)];
    const examples = [a.hostZeros([2]), a.hostZeros([2])] as [a.HostArray, a.HostArray];
    for (const names of [
      { inputNames: ["a", "a"] },
      { outputNames: ["o", "o"] },
      { inputNames: ["a", "b"], outputNames: ["o", "a"] },
      { inputNames: ["a", "output_1"] },
    ])
      await expect(toOnnx(both, examples, names)).rejects.toThrow(InputError);
  });

  it("keeps the given names apart from those inside the graph", async () => {
    // Three operators and a constant, whose names end in a running number.
    const fn = (x: a.NDArray, y: a.NDArray): a.NDArray => a.sin(a.mul(a.exp(x), a.add(y, 3)));
    const x = a.hostArray([0.5, 1], [2]);
    for (const inside of ["Exp", "Add", "Mul", "Sin", "constant"])
      for (let i = 0; i < 5; i++) {
        const inputNames = ["x", `${inside}_${i}`];
        const outputNames = [`${inside}_${i + 1}`];
        const session = await ort.InferenceSession.create(await toOnnx(fn, [x, x], { inputNames, outputNames }));
        const fed = new ort.Tensor("float32", x.data as Float32Array, [2]);
        const results = await session.run({ x: fed, [inputNames[1]]: fed });
        x.data.forEach((value, k) =>
          expect(Number(results[outputNames[0]].data[k])).toBeCloseTo(Math.sin(Math.exp(value) * (value + 3)), 5),
        );
      }
  });
});
