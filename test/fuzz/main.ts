import { integerOption, positiveOption } from "../../src/cli/options.js";
import { runScript } from "../../src/cli/standalone.js";
import { type Finding, fuzz } from "./run.js";

/** The script's options. */
interface FuzzCommandOptions {
  cases?: number;
  minutes: number;
  of?: string;
  only?: number;
}

const shownOfKind = 100;

await runScript<FuzzCommandOptions>({
  name: "test/fuzz/main.ts",
  description: "call every public function and command with random arguments, right and wrong ones",
  options: (command) =>
    command
      .option("--cases <n>", "cases (default: as many as the time allows)", integerOption(1))
      .option("--minutes <m>", "ends after this time", positiveOption, 30)
      .option("--of <name>", "only the subjects whose names begin so (default: all)")
      .option("--only <number>", "only the case with this number (default: all)", integerOption(0)),
  example: "npm run test:fuzz -- --minutes 5 --of metrics",
  run: async ({ cases: wanted = 1e9, minutes, of, only }, { seed, progress, note }) => {
    const begun = Date.now();
    const counts = { crashes: 0, silent: 0, unclear: 0 };
    const onFinding = ({ number, about, complaint }: Finding): void => {
      counts[complaint.kind] += 1;
      if (counts[complaint.kind] <= shownOfKind) note(`${complaint.kind}, case ${number}: ${about}: ${complaint.what}`);
    };
    const { cases } = await fuzz({
      seed,
      from: only ?? 0,
      cases: only === undefined ? wanted : 1,
      minutes,
      of,
      onFinding,
      onCase: (done) =>
        progress.update(
          Math.min(1, Math.max(done / wanted, (Date.now() - begun) / (minutes * 60_000))),
          `${done} cases`,
        ),
    });
    const text = `${cases} cases with seed ${seed}: ${counts.crashes} crashes, ${counts.silent} silent, ${counts.unclear} unclear`;
    return { json: { cases, ...counts }, text, failed: counts.crashes + counts.silent + counts.unclear > 0 };
  },
});
