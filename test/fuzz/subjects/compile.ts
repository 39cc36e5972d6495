import fc from "fast-check";
import { hostFull } from "../../../src/public/array.js";
import * as baselines from "../../../src/public/baselines.js";
import { compile, compileCache, type Compiled, toOnnx } from "../../../src/public/compile.js";
import { optionalCount, engineRules } from "../option-rules.js";
import { ofFunction, type Subject } from "../subject.js";
import { integer, notBoolean, notNumber, notOneOf, notOptions } from "../values.js";

/** Compilation, exports and the baselines' engine. */
export const compileSubjects: Subject[] = [
  ofFunction({
    name: "compile.compileCache",
    call: compileCache,
    finite: false,
    valid: fc.tuple(fc.record({ entries: integer(1, 4) })),
    wrong: [notOptions({ entries: optionalCount, bytes: notNumber({ min: 0, optional: true }) })],
  }),
  ofFunction({
    name: "compile.compile",
    weight: 2,
    finite: false,
    call: async (fn: () => unknown, examples: readonly unknown[], options: object) => {
      const compiled = await compile(fn as never, examples as never, options);
      // The jax engine sees what the function returns when it first runs.
      await (compiled as Compiled<[unknown], unknown>).run(hostFull([2], 0.5)).finally(() => compiled.dispose());
    },
    valid: fc.tuple(
      fc.constant(((x: unknown) => x) as () => unknown),
      fc.constant([{ shape: [2], type: "float32" }]),
      fc.record({ backend: fc.constantFrom("jax" as const, "onnx" as const), threads: fc.constant(1) }),
    ),
    wrong: [
      () =>
        fc.constantFrom<unknown[]>(
          undefined,
          null,
          7,
          "foo",
          {},
          () => 1,
          () => undefined,
          () => null,
          () => "foo",
          () => [7],
        ),
      () =>
        fc.constantFrom<unknown[]>(
          undefined,
          null,
          7,
          "foo",
          [7],
          [null],
          [undefined],
          [{ shape: [-1], type: "float32" }],
          [{ shape: [1.5], type: "float32" }],
          [{ shape: "2", type: "float32" }],
          [{ shape: [2], type: "float64" }],
          [{ shape: [2 ** 40], type: "float32" }],
          [{ shape: [0], type: "float32" }],
        ),
      notOptions({
        ...engineRules,
        device: notOneOf(["cpu"], { optional: true }),
        replicas: optionalCount,
        reuseOutputs: notBoolean,
      }),
    ],
  }),
  ofFunction({
    name: "compile.toOnnx",
    call: (names: object) => toOnnx((x) => x, [{ shape: [2], type: "float32" }], names),
    valid: fc.tuple(fc.constant({ inputNames: ["x"], outputNames: ["y"] })),
    wrong: [
      notOptions({
        inputNames: () => fc.constantFrom<unknown[]>(null, "x", 7, [], [7], ["x", "y"], [""], {}),
        outputNames: () => fc.constantFrom<unknown[]>(null, "x", 7, [], [7], ["x", "y"], [""], {}),
      }),
    ],
  }),
  ofFunction({
    name: "baselines.samplerEngine",
    call: baselines.samplerEngine,
    finite: false,
    valid: fc.tuple(fc.record({ batchSize: integer(1, 9) })),
    wrong: [notOptions({ batchSize: optionalCount, replicas: optionalCount, ...engineRules })],
  }),
];
