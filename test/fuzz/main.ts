import { parseArgs } from "node:util";
import { type Finding, fuzz } from "./run.js";

// npm run test:fuzz -- [--cases N] [--minutes M] [--seed S] [--of NAME] [--only NUMBER] [--json]

const { values } = parseArgs({
  options: {
    cases: { type: "string" },
    minutes: { type: "string", default: "30" },
    seed: { type: "string", default: "0" },
    of: { type: "string" },
    only: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const whole = (name: "cases" | "seed" | "only", otherwise: number): number => {
  const given = values[name];
  const value = given === undefined ? otherwise : Number(given);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} has to be an integer, 0 or more`);
  return value;
};
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error("--minutes has to be a positive number");

const shownOfKind = 100;
const counts = { crashes: 0, silent: 0, unclear: 0 };
const seed = whole("seed", 0);
const onFinding = ({ number, about, complaint }: Finding): void => {
  counts[complaint.kind] += 1;
  if (counts[complaint.kind] <= shownOfKind)
    process.stderr.write(`${complaint.kind}, case ${number}: ${about}\n  ${complaint.what}\n`);
};
const only = values.only === undefined ? undefined : whole("only", 0);
const { cases } = await fuzz({
  seed,
  from: only ?? 0,
  cases: only === undefined ? whole("cases", 1e9) : 1,
  minutes,
  of: values.of,
  onFinding,
  onCase: (done) => {
    if (done % 500 === 0) process.stderr.write(`${done} cases: ${JSON.stringify(counts)}\n`);
  },
});
const summary = { cases, ...counts };
process.stdout.write(
  values.json
    ? `${JSON.stringify(summary)}\n`
    : `${cases} cases with seed ${seed}: ${counts.crashes} crashes, ${counts.silent} silent, ${counts.unclear} unclear\n`,
);
process.exitCode = counts.crashes + counts.silent + counts.unclear > 0 ? 1 : 0;
