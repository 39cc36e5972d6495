import { expect, it } from "vitest";
import { gradient, hostArray, type NDArray } from "../array/index.js";
import { evaluate } from "../../test/support/evaluate.js";
import { adaptivelyWeighted, type AdaptiveWeight } from "./adaptive-weight.js";

const losses = [0.5, 2, 8];

/** The weighted loss and its derivative with respect to each sample's loss. */
async function weighted(weight: AdaptiveWeight | undefined): Promise<{ value: number; slopes: number[] }> {
  const [value, slopes] = await evaluate(
    (values: NDArray): [NDArray, NDArray] => [
      adaptivelyWeighted(values, weight),
      gradient((x: NDArray) => adaptivelyWeighted(x, weight))(values),
    ],
    [hostArray(losses, [3])],
  );
  return { value: value.data[0], slopes: [...slopes.data] };
}

const close = (actual: number[], expected: number[]): void => {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
};

it("is the mean without a weight", async () => {
  const { value, slopes } = await weighted(undefined);
  expect(value).toBeCloseTo(3.5, 5);
  close(slopes, [1 / 3, 1 / 3, 1 / 3]);
});

it("weighs each sample by 1 / (L + c)^p, through which no gradient flows", async () => {
  const { value, slopes } = await weighted({ power: 0.5, offset: 1, per: "sample" });
  const weights = losses.map((loss) => 1 / Math.sqrt(loss + 1));
  expect(value).toBeCloseTo(losses.reduce((sum, loss, i) => sum + loss * weights[i], 0) / 3, 5);
  close(
    slopes,
    weights.map((weight) => weight / 3),
  );
});

it("weighs the batch's mean by 1 / (L + c)", async () => {
  const { value, slopes } = await weighted({ power: 1, offset: 0.01, per: "batch" });
  expect(value).toBeCloseTo(3.5 / 3.51, 5);
  close(
    slopes,
    losses.map(() => 1 / (3 * 3.51)),
  );
});

it("changes nothing with power 0", async () => {
  expect((await weighted({ power: 0, offset: 0.01, per: "sample" })).value).toBeCloseTo(3.5, 5);
});
