import { Command } from "commander";
import { addCommand, type CommandDefinition, exitCodes, oneLine, reportError, type Streams } from "./command.js";
import { benchmarkCommand } from "./benchmark.js";
import { calibrateCommand } from "./calibrate.js";
import { costCommand } from "./cost.js";
import { dataFetchCommand, dataListCommand } from "./data.js";
import { degradeCommand } from "./degrade.js";
import { demoCommand } from "./demo.js";
import { evaluateCommand } from "./evaluate.js";
import { fitUpdatesCommand } from "./fit-updates.js";
import { importCommand } from "./import.js";
import { initCommand } from "./init.js";
import { initialiseCommand } from "./initialise.js";
import { judgeCommand } from "./judge.js";
import { experimentCommand } from "./experiment.js";
import { exportCommand } from "./export.js";
import { packageVersion } from "./package-folder.js";
import { restoreCommand } from "./restore.js";
import { sampleCommand } from "./sample.js";
import { serveCommand } from "./serve.js";
import { trainCommand } from "./train.js";
import { tuneCommand } from "./tune.js";

/**
 * Runs one command line of `vfm`.
 *
 * @param argv the words after `vfm`
 * @returns the exit code: 0 done, 1 failed, 2 the command line or an input cannot be used, 130 interrupted by Ctrl-C (143 by
 *   SIGTERM)
 */
export async function runCommandLine(argv: readonly string[], streams: Streams): Promise<number> {
  let exitCode: number = exitCodes.done;
  const program = createProgram(streams, (code) => (exitCode = code));
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exitCode;
  } catch (error) {
    return reportError(error, streams, argv.includes("--json"));
  }
}

/** The commands of `vfm`; each writes to `streams` and sets its exit code. */
export function createProgram(streams: Streams, setExitCode: (code: number) => void): Command {
  const program = new Command("vfm")
    .description("Posterior samples of inverse problems in one network evaluation.")
    .version(packageVersion())
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: streams.out,
      // Commander also writes the help of a bare `vfm` here, which is not changed.
      writeErr: (text) => streams.err(text.startsWith("error: ") ? `vfm: ${oneLine(text.slice(7))}\n` : text),
    });
  const add = <Options extends object>(definition: CommandDefinition<Options>): void =>
    addCommand(program, definition, streams, setExitCode);
  add(demoCommand);
  add(sampleCommand);
  add(degradeCommand);
  add(restoreCommand);
  add(serveCommand);
  add(initCommand);
  add(trainCommand);
  add(costCommand);
  add(evaluateCommand);
  add(fitUpdatesCommand);
  add(calibrateCommand);
  add(exportCommand);
  add(importCommand);
  add(initialiseCommand);
  add(experimentCommand);
  add(tuneCommand);
  add(judgeCommand);
  add(benchmarkCommand);
  const data = program.command("data").description("fetch data sets, and list those that are installed");
  addCommand(data, dataFetchCommand, streams, setExitCode);
  addCommand(data, dataListCommand, streams, setExitCode);
  return program;
}
