import { hostArray, type HostArray } from "../../../src/array/index.js";
import { type Fixture } from "./fixture.js";
import { type PublishedAdapter, type PublishedTransformer } from "./published-models.js";
import { logitNormal, type PublishedTerms } from "./published-objective.js";

/** What a variant of the published objective is made and called with; what is not there is as in the published code. */
export interface Variant {
  AdapterLoss?: Partial<
    Record<"P_mean" | "P_std" | "P_mean_t" | "P_std_t" | "P_mean_r" | "P_std_r" | "cfg_prob" | "omega", number>
  > & {
    g_type?: string;
    g_min?: number;
    g_max?: number;
    reverse?: boolean;
  };
  call?: {
    train_adapter_only?: boolean;
    data_loss_learn_fm?: string;
    data_loss_weight?: number;
    FM_loss_weight?: number;
    KL_loss_weight?: number;
  };
}

/** The configuration of a fixture of the published objective. */
export interface LossConfig {
  dmft: PublishedTransformer;
  adapter: PublishedAdapter;
  /** What each problem is, by its number: a text, or an object of the operator's settings. */
  problems: Record<string, unknown>;
  reverse?: boolean;
  variants: Record<string, Variant>;
}

/** The draws of a variant, hosted, in our direction of time: t = 1 is noise. */
export interface LossDraws {
  draws: { [Name in keyof PublishedTerms["draws"]]: HostArray };
  /** The labels that the dropout left, int32 [B]. */
  kept: HostArray;
  /** Whether the network has the data at time 1. */
  reverse: boolean;
  /** The times, masks and labels by the names that a file records them under. */
  recorded: Record<string, HostArray>;
}

/** The published times, masks and labels of a variant from the recorded numbers. */
export function lossDraws(fixture: Fixture, { AdapterLoss: settings = {} }: Variant): LossDraws {
  const config = fixture.config as unknown as LossConfig;
  const { P_mean = -0.4, P_mean_t = -0.2, P_mean_r = 0.2, P_std = 1, P_std_t = 1, P_std_r = 1 } = settings;
  const { cfg_prob = 0.1, reverse = config.reverse ?? false } = settings;
  const labels = fixture.integers("in.label");
  const each = (data: ArrayLike<number>): HostArray => hostArray(Float32Array.from(data), [labels.data.length]);
  const flat = (name: string): HostArray => each(fixture.get(name).data);

  const first = logitNormal(fixture.get("in.randn_ln1"), P_mean_t, P_std_t);
  const second = logitNormal(fixture.get("in.randn_ln2"), P_mean_r, P_std_r);
  const tFm = each(logitNormal(fixture.get("in.randn_t_fm"), P_mean, P_std));
  const tMf = each(first.map((value, i) => Math.max(value, second[i])));
  const rMf = each(first.map((value, i) => Math.min(value, second[i])));
  const dropped = each(flat("in.cond_drop_uniform").data.map((u) => (u < Math.fround(cfg_prob) ? 1 : 0)));
  const kept = Int32Array.from(labels.data, (label, i) => (dropped.data[i] === 1 ? config.dmft.num_classes : label));
  const uniform = flat("in.mask_uniform");
  const published = ({ data }: HostArray): HostArray => each(reverse ? data.map((time) => 1 - time) : data);
  return {
    draws: {
      eps: fixture.get("in.eps_z"),
      uniform,
      freshFm: fixture.get("in.fresh_noise_fm"),
      freshMf: fixture.get("in.fresh_noise_mf"),
      keepsLabel: each(dropped.data.map((is) => 1 - is)),
      tFm,
      tMf,
      rMf,
    },
    kept: hostArray(kept, [kept.length]),
    reverse,
    recorded: {
      t_fm: published(tFm),
      t_mf: published(tMf),
      r_mf: published(rMf),
      drop_ids: dropped,
      mask: each(uniform.data.map((value) => (value < Math.fround(0.8) ? 1 : 0))),
      y_after_drop: each(kept),
    },
  };
}
