import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import sharp from "sharp";
import { builtProgram } from "../../support/built-program.js";
import { vfm, type CommandResult } from "../../support/command-line.js";
import { writeTinyCheckpoint } from "../../support/tiny-model.js";
import { type Case, type Complaint, complaintAboutLine, type Subject } from "../subject.js";
import { type Argument, type CommandSubject, commandTable, seed } from "./command-table.js";

// Command lines, right ones and wrong ones, and what they print and leave.

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
  const subjects = commandTable(at).map((subject): Subject => ({
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
  // A word with a NUL never reaches a program.
  const words = argv.map((word) => word.replaceAll("\u0000", "\u0001"));
  return new Promise((resolve) => {
    execFile(process.execPath, [builtProgram, ...words], { timeout: 50_000 }, (error, out, err) =>
      resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, out, err }),
    );
  });
}

async function namesUnder(folder: string): Promise<string[]> {
  return readdir(folder, { recursive: true });
}
