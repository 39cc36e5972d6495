// What each command takes, by its help alone, and what a careless hand gives it instead.

/** An option: texts that it takes, and texts that it does not. */
export interface Argument {
  readonly valid: readonly string[];
  readonly wrong: readonly string[];
  /** Whether the command needs it. */
  readonly required?: boolean;
  /** Whether every line has it, since what stands in its place otherwise takes long or lies elsewhere. */
  readonly always?: boolean;
}

/** A command: its words, and what stands behind them. */
export interface CommandSubject {
  readonly words: readonly string[];
  /** What stands without a name, in its place. */
  readonly positional?: Argument;
  readonly options: Readonly<Record<string, Argument>>;
  /** Whether its valid lines are quick enough to be run. */
  readonly quick: boolean;
  readonly weight?: number;
}

const count = (most: number, low = 1): Argument => ({
  valid: [String(low), String(Math.min(most, low + 1))],
  wrong: [
    "",
    " ",
    "0x10",
    "-1",
    "1.5",
    "NaN",
    "Infinity",
    "foo",
    "1e3",
    "9007199254740993",
    "1 2",
    "１",
    "--",
    ...(low > 0 ? [String(low - 1)] : []),
  ],
});
const choice = (...valid: string[]): Argument => ({
  valid,
  wrong: ["", "foo", `${valid[0]}${valid[0]}`, "__proto__", "constructor", `${valid[0]} `],
});
/** What every command takes as `--seed`. */
export const seed = count(5, 0);

/** All commands; `at` gives the path of a file that was made for them. */
export function commandTable(at: (name: string) => string): CommandSubject[] {
  const checkpoint: Argument = {
    valid: [at("model")],
    wrong: [at("nowhere"), at("gray.png"), at("empty"), "", "no-such-model", at("file/inside")],
    always: true,
  };
  const image: Argument = {
    valid: [at("gray.png")],
    wrong: [at("nowhere.png"), at("text.png"), at("empty"), "", "no-such-image", "/dev/null"],
  };
  const problem: Argument = {
    ...choice("denoise", "inpaint-box", "super-resolution", "gaussian-blur"),
    required: true,
  };
  const folder: Argument = {
    valid: [at("out")],
    wrong: [at("gray.png"), at("gray.png/inside"), "", "/proc/out", "a\u0000b"],
    required: true,
  };
  const config: Argument = {
    valid: [at("config.json")],
    wrong: [at("nowhere.json"), at("text.png"), at("empty"), "", at("broken.json"), at("gray.png"), "/dev/null"],
    required: true,
  };
  return [
    {
      words: ["sample"],
      options: {
        checkpoint,
        image: { ...image, required: true },
        problem,
        samples: count(3),
        steps: count(3),
        sampler: choice("euler"),
        gamma: { valid: [], wrong: ["", "-0.1", "1.1", "NaN", "foo", "0.5"] },
        label: { valid: [], wrong: ["", "-1", "1.5", "foo", "0"] },
        guidance: { valid: [], wrong: ["", "-1", "NaN", "Infinity", "foo", "2"] },
        "guidance-interval": { valid: [], wrong: ["", "0.5", "0.8,0.1", "a,b", "0,1,1", "-1,0", "0,2"] },
        device: { valid: ["cpu"], wrong: ["", "foo", "CPU", "constructor"] },
        out: folder,
      },
      quick: true,
      weight: 3,
    },
    {
      words: ["degrade"],
      options: {
        checkpoint,
        image: { ...image, required: true },
        problem,
        out: {
          valid: [at("out.safetensors"), at("out.png")],
          wrong: ["", at("empty"), at("out.txt"), at("gray.png/inside.png"), "/proc/out.png", "a\u0000b.png"],
          required: true,
        },
      },
      quick: true,
      weight: 2,
    },
    {
      words: ["restore"],
      positional: {
        valid: [at("images")],
        wrong: [at("nowhere"), at("gray.png"), at("empty"), "", at("model")],
        always: true,
      },
      options: {
        checkpoint,
        problem,
        samples: count(2),
        steps: count(2),
        overlap: { valid: ["0", "0.5"], wrong: ["", "-0.1", "1", "NaN", "foo", "0x1", "1e9"] },
        shard: { valid: ["1/1", "2/2"], wrong: ["", "0/2", "3/2", "1", "foo", "1/0", "-1/2", "1.5/2"] },
        gamma: { valid: [], wrong: ["", "-0.1", "1.1", "NaN", "foo", "0.5"] },
        label: { valid: [], wrong: ["", "-1", "1.5", "foo", "0"] },
        out: folder,
      },
      quick: true,
      weight: 2,
    },
    {
      words: ["init"],
      positional: { valid: [at("out")], wrong: [at("gray.png"), at("gray.png/inside"), "/proc/out"], always: true },
      options: {
        size: { valid: ["8", "32"], wrong: ["", "0", "-4", "7", "foo", "1e9", "4.5", "NaN"] },
        channels: choice("1", "3"),
      },
      quick: true,
    },
    {
      words: ["train"],
      positional: config,
      options: {
        out: { ...folder, required: false, always: true },
        backend: { ...choice("jax"), always: true },
        threads: count(2),
        device: { valid: ["cpu"], wrong: ["", "foo", "CPU"] },
      },
      quick: true,
    },
    { words: ["cost"], positional: config, options: {}, quick: true },
    { words: ["initialise"], positional: config, options: { out: folder }, quick: true },
    {
      words: ["evaluate"],
      options: {
        checkpoint,
        frozen: { valid: [], wrong: ["", at("nowhere"), at("gray.png")] },
        images: count(2),
        samples: count(3, 2),
        steps: count(2),
        "prior-samples": count(200, 100),
      },
      quick: false,
    },
    {
      words: ["demo"],
      options: {
        checkpoint,
        images: count(2),
        samples: count(3, 2),
        steps: count(2),
        out: { ...folder, required: false, always: true },
      },
      quick: false,
    },
    { words: ["fit-updates"], options: { checkpoint, images: count(2), samples: count(3, 2) }, quick: false },
    {
      words: ["calibrate"],
      options: {
        simulations: { valid: ["50"], wrong: ["", "49", "0", "-1", "foo", "1.5"] },
        samples: count(3, 2),
        steps: count(2),
        model: choice("checkerboard"),
      },
      quick: false,
    },
    {
      words: ["export"],
      options: {
        checkpoint,
        onnx: {
          valid: [at("out.onnx")],
          wrong: ["", at("empty"), at("gray.png/inside.onnx"), "/proc/out.onnx"],
          required: true,
        },
        problem: { valid: ["denoise"], wrong: ["", "foo", "constructor", "DENOISE"] },
        steps: count(2),
        batch: count(3),
      },
      quick: true,
    },
    {
      words: ["import"],
      positional: {
        valid: [],
        wrong: [
          at("nowhere.pt"),
          at("graph.onnx"),
          at("gray.png"),
          at("text.png"),
          at("empty"),
          "",
          at("config.json"),
          "/dev/null",
        ],
        required: true,
      },
      options: { out: folder, heads: count(2), "encoder-depth": count(2, 0), "image-size": count(9) },
      quick: false,
    },
    {
      words: ["experiment"],
      positional: { valid: ["checkerboard"], wrong: ["", "foo", "__proto__", "constructor"], required: true },
      options: {
        preset: { valid: [], wrong: ["", "foo", at("nowhere.json"), at("text.png"), "constructor"] },
        taus: { valid: [], wrong: ["", "a", "0.1,,1", "-1", "NaN"] },
        iterations: count(2),
        pairs: count(3, 2),
        samples: count(3, 2),
        threads: count(2),
        "report-from": { valid: [], wrong: ["", at("nowhere"), at("empty")] },
      },
      quick: false,
    },
    {
      words: ["tune"],
      options: {
        config: { ...config, valid: [], required: false },
        threads: count(2),
        method: { valid: [], wrong: ["", "foo"] },
      },
      quick: false,
    },
    {
      words: ["judge"],
      options: {
        results: {
          valid: [],
          wrong: ["", at("nowhere.json"), at("text.png"), at("empty"), at("config.json")],
        },
        tables: { valid: [], wrong: ["", at("empty"), at("gray.png/inside.md"), "/proc/tables.md"] },
      },
      quick: false,
    },
    {
      words: ["benchmark"],
      options: {
        suite: { valid: ["images"], wrong: ["", "foo"], required: true },
        config: { ...config, valid: [], required: false },
      },
      quick: false,
    },
    {
      words: ["data", "fetch"],
      positional: { valid: [], wrong: ["", "foo", "mnist", "constructor", "__proto__"], required: true },
      options: {},
      quick: false,
    },
    { words: ["data", "list"], options: {}, quick: true },
  ];
}
