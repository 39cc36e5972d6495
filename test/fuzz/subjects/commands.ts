import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import sharp from "sharp";
import { vfm, type CommandResult } from "../../support/command-line.js";
import { writeTinyCheckpoint } from "../../support/tiny-model.js";
import { type Case, type Complaint, complaintAboutLine, type Subject } from "../subject.js";

// Command lines: what a command takes, by its help alone, and what a careless hand gives it instead.

/** An option: texts that it takes, and texts that it does not. */
interface Argument {
  readonly valid: readonly string[];
  readonly wrong: readonly string[];
  /** Whether the command needs it. */
  readonly required?: boolean;
  /** Whether every line has it, since what stands in its place otherwise takes long or lies elsewhere. */
  readonly always?: boolean;
}

interface CommandSubject {
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
const seed = count(5, 0);

function commandSubjects(at: (name: string) => string): CommandSubject[] {
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

/** Every command as a subject; each case is one line, a few of them in processes of their own. */
export async function commandLineSubjects(): Promise<{ subjects: Subject[]; close(): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), "vfm-fuzz-lines-"));
  const at = (name: string): string => join(root, name);
  await writeTinyCheckpoint(at("model"));
  await mkdir(at("empty"));
  const pixels = { create: { width: 20, height: 20, channels: 3, background: "#804020" } } as const;
  await sharp(pixels).grayscale().toColourspace("b-w").png().toFile(at("gray.png"));
  await sharp(pixels).png().toFile(at("colour.png"));
  await mkdir(at("images"));
  for (const name of ["a.png", "b.png"]) await copyFile(at("gray.png"), join(at("images"), name));
  await writeFile(at("text.png"), "not an image\n");
  await writeFile(at("broken.json"), '{"seed": 1,');
  await writeFile(
    at("config.json"),
    JSON.stringify({
      seed: 1,
      data: { kind: "checkerboard", points: 100 },
      flowMap: { model: "mlp", shape: [2], width: 8, depth: 1 },
      stages: [{ kind: "flow-matching", steps: 2, batchSize: 4, learningRate: 1e-3 }],
    }),
  );
  await writeFile(at("graph.onnx"), Uint8Array.of(8, 8, 0x12, 7, ...Buffer.from("pytorch"), 0x3a, 0));
  const kept = new Set(await namesUnder(root));
  const run = async (line: Line): Promise<Complaint> => {
    const complaint = judge(line, await (line.apart ? inProcess(line.argv) : vfm(...line.argv)));
    const made = (await namesUnder(root)).filter((name) => !kept.has(name));
    for (const name of made) await rm(join(root, name), { recursive: true, force: true });
    if (complaint === undefined && !line.valid && made.length > 0)
      return { kind: "silent", what: `it was refused, and left ${made.join(", ")}` };
    return complaint;
  };
  const subjects = commandSubjects(at).map((subject): Subject => ({
    name: `commands.${subject.words.join(" ")}`,
    weight: subject.weight ?? 1,
    cases: linesOf(subject).map((line): Case => ({
      about: `vfm ${line.argv.map((word) => JSON.stringify(word)).join(" ")}`,
      run: () => run(line),
    })),
  }));
  return { subjects, close: () => rm(root, { recursive: true, force: true }) };
}

interface Line {
  argv: string[];
  valid: boolean;
  json: boolean;
  /** Whether it runs in a process of its own. */
  apart: boolean;
}

function linesOf({ words, positional, options, quick }: CommandSubject): fc.Arbitrary<Line> {
  const all: (Argument & { name: string })[] = [
    ...(positional === undefined ? [] : [{ ...positional, name: "" }]),
    ...Object.entries({ ...options, seed }).map(([name, argument]) => ({ ...argument, name })),
  ];
  const wrongs = [
    ...all.filter(({ wrong }) => wrong.length > 0).map(({ name }) => ({ how: "value" as const, name })),
    ...all.filter(({ required }) => required === true).map(({ name }) => ({ how: "missing" as const, name })),
    { how: "unknown" as const, name: "--colour" },
    { how: "unknown" as const, name: "--__proto__" },
    { how: "unknown" as const, name: "-z" },
    { how: "more" as const, name: "one too many" },
  ];
  const json = fc.boolean();
  const apart = fc.integer({ min: 0, max: 99 }).map((share) => share === 0);
  const given = fc.tuple(
    ...all.map(({ valid, required, always }) =>
      fc.constantFrom<(string | undefined)[]>(
        ...valid,
        ...((required === true || always === true) && valid.length > 0 ? [] : [undefined]),
      ),
    ),
  );
  const argvOf = (values: readonly (string | undefined)[]): string[] => [
    ...words,
    ...values.flatMap((value, i) =>
      value === undefined ? [] : all[i].name === "" ? [value] : [`--${all[i].name}`, value],
    ),
  ];
  const valid = fc.tuple(given, json, apart).map(([values, asJson, own]): Line => ({
    argv: [...argvOf(values), ...(asJson ? ["--json"] : [])],
    valid: true,
    json: asJson,
    apart: own,
  }));
  const invalid = fc.constantFrom(...wrongs).chain(({ how, name }) => {
    const place = all.findIndex((argument) => argument.name === name);
    const value = how === "value" ? fc.constantFrom(...all[place].wrong) : fc.constant(undefined);
    return fc.tuple(given, value, json, apart).map(([values, wrong, asJson, own]): Line => {
      const changed = how === "value" || how === "missing" ? values.with(place, wrong) : values;
      const more = how === "unknown" ? [name] : how === "more" ? [name, name] : [];
      return {
        argv: [...argvOf(changed), ...more, ...(asJson ? ["--json"] : [])],
        valid: false,
        json: asJson,
        apart: own,
      };
    });
  });
  return quick ? fc.oneof({ weight: 1, arbitrary: valid }, { weight: 5, arbitrary: invalid }) : invalid;
}

function judge({ argv, valid, json }: Line, { code, out, err }: CommandResult): Complaint {
  if (valid) {
    if (code !== 0) return { kind: "crashes", what: `a valid line ended with ${code}: ${err.slice(-300)}` };
    return json && !isOneObject(out)
      ? { kind: "silent", what: `--json printed ${JSON.stringify(out.slice(0, 200))}` }
      : undefined;
  }
  if (code === 0) return { kind: "silent", what: `it was accepted: ${out.slice(0, 200)}` };
  if (code !== 2) return { kind: "crashes", what: `it ended with ${code}: ${err.slice(-300)}` };
  const lines = err.split("\n").filter((line) => line !== "");
  const line = lines.at(-1) ?? "";
  if (lines.length !== 1 || !line.startsWith("vfm: "))
    return { kind: "unclear", what: `stderr is ${JSON.stringify(err.slice(0, 400))}` };
  const error = json ? errorIn(out) : undefined;
  if (json && `vfm: ${error}` !== line)
    return { kind: "unclear", what: `stdout is ${JSON.stringify(out.slice(0, 300))}, stderr ${JSON.stringify(line)}` };
  if (!json && out !== "") return { kind: "unclear", what: `stdout is ${JSON.stringify(out.slice(0, 300))}` };
  // A path that was given may be long and hold anything: it is in the message on purpose.
  const own = argv.filter((word) => word.length > 3).reduce((text, word) => text.replaceAll(word, "..."), line);
  return complaintAboutLine(own);
}

function isOneObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && text.endsWith("\n") && !text.slice(0, -1).includes("\n");
  } catch {
    return false;
  }
}

function errorIn(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { error?: string }).error;
  } catch {
    return undefined;
  }
}

function inProcess(argv: readonly string[]): Promise<CommandResult> {
  const main = new URL("../../../src/cli/main.ts", import.meta.url).pathname;
  // A word with a NUL never reaches a program.
  const words = argv.map((word) => word.replaceAll("\u0000", "\u0001"));
  return new Promise((resolve) => {
    execFile(process.execPath, ["--import", "tsx", main, ...words], { timeout: 50_000 }, (error, out, err) =>
      resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, out, err }),
    );
  });
}

async function namesUnder(folder: string): Promise<string[]> {
  return readdir(folder, { recursive: true });
}
