import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { hostArray, type HostArray, randomSource } from "../src/array/index.js";
import {
  type Alteration,
  alteredCopy,
  compared,
  isResult,
  map,
  original,
  runChecks,
} from "./support/parity/altered.js";
import { type Fixture } from "./support/parity/fixture.js";
import { type Kind } from "./support/parity/kinds.js";
import { plainBlur } from "./support/parity/plain-layers.js";

// The checks of test/parity on fixtures of other problems and of the other direction of time, made from the kept ones.

const folder = mkdtempSync(join(tmpdir(), "vfm-parity-"));
afterAll(() => rmSync(folder, { recursive: true }));

const altered = (kind: Kind, file: string, alteration: Alteration): Fixture =>
  alteredCopy(original(kind), folder, file, alteration);

describe("the objective", () => {
  it("takes problems in another order and fewer variants", async () => {
    const { config, get, integers } = original("adapter_loss");
    const { problems, variants } = config as { problems: Record<string, string>; variants: Record<string, unknown> };
    // Problem c becomes problem count - 1 - c: so do the rows of the adapter's table.
    const count = Object.keys(problems).length;
    const turned = Object.entries(problems).map(([id, name]) => [count - 1 - Number(id), name] as const);
    const ids = integers("in.problem_ids");
    const table = get("w.adapter.class_embed.0.weight");
    const size = table.shape[1];
    const rows = map(table, (_, i) => table.data[(count - 1 - Math.floor(i / size)) * size + (i % size)]);
    const fixture = altered("adapter_loss", "turned.safetensors", {
      keep: (name) => !isResult(name) || name.startsWith("out.learn."),
      config: { problems: Object.fromEntries(turned), variants: { learn: variants.learn } },
      arrays: {
        "in.problem_ids": hostArray(
          Float32Array.from(ids.data, (id) => count - 1 - id),
          ids.shape,
        ),
        "w.adapter.class_embed.0.weight": rows,
      },
    });
    expect(compared(fixture)).toHaveLength(original("adapter_loss").names("out.learn.").length);
    await runChecks(fixture);
  });

  it("takes the other published operators, in any order and repeated, against plain loops", async () => {
    const { get, config } = original("adapter_loss");
    const random = randomSource(3);
    const [images, reconstructions] = [get("in.img"), get("out.base.x_rec")];
    const [count, ...shape] = images.shape;
    const [channels, height, width] = shape;
    const size = channels * height * width;
    const one = ({ data }: HostArray, i: number): HostArray =>
      hostArray(data.slice(i * size, (i + 1) * size), [1, ...shape]);
    const maskOf = (hidden: (row: number, column: number) => boolean): HostArray =>
      hostArray(
        Float32Array.from({ length: height * width }, (_, i) => (hidden(Math.floor(i / width), i % width) ? 0 : 1)),
        [1, 1, height, width],
      );
    const kernel = random.uniformArray([15, 15]);
    const total = [...kernel.data].reduce((sum, value) => sum + value);
    const lastKernel = map(kernel, (value) => value / total);
    const masks: Record<number, HostArray> = {
      1: maskOf((row, column) => row > 7 && row < 20 && column > 10 && column < 17),
      3: maskOf(() => random.uniform() < 0.5),
    };
    const byMask = (x: HostArray, mask: HostArray): HostArray =>
      map(x, (value, i) => mask.data[i % mask.data.length] * value);
    const blur = (x: HostArray): HostArray => plainBlur(x, lastKernel);
    const clipped = (x: HostArray): HostArray => map(x, (value) => Math.min(1, Math.max(-1, 2 * value)));
    const batch: [problem: number, forward: (x: HostArray) => HostArray][] = [
      [2, blur],
      [1, (x) => byMask(x, masks[1])],
      [2, blur],
      [0, (x) => byMask(x, masks[3])],
      [3, clipped],
    ];
    const noises = batch.map(() => random.normalArray([1, ...shape]));
    const ys = batch.map(([, forward], i) => {
      const y = forward(one(images, i));
      return map(y, (value, k) => value + 0.05 * noises[i].data[k]);
    });
    const misfits = batch.map(([, forward], i) => {
      const again = forward(one(reconstructions, i));
      let sum = 0;
      again.data.forEach((value, k) => (sum += (value - ys[i].data[k]) ** 2));
      return (200 * sum) / size;
    });
    // An adapter whose output is 0 gives z = eps whatever it sees: with the recorded z for eps, the flow's results are as recorded.
    const embedding = original("adapter_loss").get("w.adapter.class_embed.0.weight").shape[1];
    const silent = Object.fromEntries(
      ["weight", "bias"].map((part) => {
        const name = `w.adapter.conv_out.${part}`;
        return [name, map(get(name), () => 0)];
      }),
    );
    const fromFlow =
      /^out\.base\.(fm_loss|mf_loss|flow_loss|z|fm_recon|x_rec|u|du_dt|v_t\w+|x_t\w+|[tr]_\w+|mask|drop_ids)$/;
    const fixture = altered("adapter_loss", "operators.safetensors", {
      keep: (name) => (!isResult(name) || fromFlow.test(name)) && !name.startsWith("in.meas_noise."),
      config: {
        adapter: { ...(config.adapter as object), num_inverse_problems: 4 },
        problems: {
          0: "random inpainting",
          1: "box inpainting 8-24",
          2: "motion blur 15/0.5 reflect",
          3: "hdr x2 (res 32)",
        },
        variants: { base: (config.variants as Record<string, unknown>).base },
      },
      arrays: {
        ...silent,
        "in.eps_z": get("out.base.z"),
        "in.problem_ids": hostArray(
          batch.map(([id]) => id),
          [count],
        ),
        "in.motion_kernel_last": lastKernel,
        ...Object.fromEntries(Object.entries(masks).map(([i, mask]) => [`in.op_mask.${i}`, mask])),
        ...Object.fromEntries(noises.map((noise, i) => [`in.meas_noise.${i}`, noise])),
        "w.adapter.class_embed.0.weight": random.normalArray([4, embedding]),
        "out.base.ys": hostArray(
          ys.flatMap(({ data }) => [...data]),
          images.shape,
        ),
        "out.base.data_consistency_loss": hostArray(misfits, [count]),
        "out.base.kl_loss": hostArray(new Float32Array(count), [count]),
      },
    });
    expect(compared(fixture).length).toBeGreaterThan(15);
    await runChecks(fixture);
  });

  it("takes networks that have the data at time 1: the same network turned round gives the same losses", async () => {
    const loss = original("adapter_loss");
    const { get, names, has } = loss;
    const results = names("out.").filter((name) => !name.includes(".gradstat.model."));
    const turned = (name: string): HostArray => {
      const own = name.slice(name.lastIndexOf(".") + 1);
      if (/^(u|v_t.*)$/.test(own)) return map(get(name), (value) => -value);
      return /^[tr]_(fm|mf)$/.test(own) ? map(get(name), (time) => 1 - time) : get(name);
    };
    expect(has("out.base.v_t_mf") && has("out.mg.du_dt")).toBe(true);
    const fixture = altered("adapter_loss", "reverse.safetensors", {
      keep: (name) => !isResult(name),
      config: { reverse: true },
      arrays: {
        ...turnedRound(loss, "w.model."),
        ...turnedRound(loss, "w.ema."),
        ...Object.fromEntries(results.map((name) => [name, turned(name)])),
      },
    });
    expect(compared(fixture)).toHaveLength(results.length);
    await runChecks(fixture);
  });
});

describe("a sampler", () => {
  it("of networks that have the data at time 1 gives what it gives for the network turned round", async () => {
    const fixture = original("samplers");
    type Runs = Record<string, { sampler: string; kwargs: { g_min?: number; g_max?: number } }>;
    const runs = Object.entries(fixture.config.runs as Runs).filter(
      ([name, { sampler }]) => sampler === "euler_sampler" && !name.includes("reverse"),
    );
    const reversed = runs.map(([name, { sampler, kwargs }]) => {
      const { g_min = 0, g_max = 1 } = kwargs;
      return [name, { sampler, kwargs: { ...kwargs, reverse: true, g_min: 1 - g_max, g_max: 1 - g_min } }] as const;
    });
    const copy = altered("samplers", "reverse.safetensors", {
      keep: (name) => !isResult(name) || runs.some(([run]) => name === `out.${run}`),
      config: { runs: Object.fromEntries(reversed) },
      arrays: turnedRound(fixture, "w.dmft."),
    });
    expect(compared(copy).length).toBeGreaterThan(5);
    await runChecks(copy);
  });
});

/**
 * The weights of the network -u(x, 1 - t, 1 - r). With angles w (1 - t), cosines and sines mix within each frequency:
 * cos(w - wt) = cos w cos wt + sin w sin wt and sin(w - wt) = sin w cos wt - cos w sin wt.
 */
function turnedRound({ get }: Fixture, prefix: string): Record<string, HostArray> {
  const embedding = `${prefix}t_embedder.mlp.0.weight`;
  const { shape, data } = get(embedding);
  const [, size] = shape;
  const half = size / 2;
  const mixed = map({ shape, data }, (_, i) => {
    const [row, column] = [Math.floor(i / size), i % size];
    const frequency = Math.exp((-Math.log(10_000) * (column % half)) / half);
    const [ofCos, ofSin] = [data[row * size + (column % half)], data[row * size + half + (column % half)]];
    return column < half
      ? ofCos * Math.cos(frequency) + ofSin * Math.sin(frequency)
      : ofCos * Math.sin(frequency) - ofSin * Math.cos(frequency);
  });
  const negated = ["weight", "bias"].map((part): [string, HostArray] => {
    const name = `${prefix}final_layer.linear.${part}`;
    return [name, map(get(name), (value) => -value)];
  });
  return { [embedding]: mixed, ...Object.fromEntries(negated) };
}
