import { Command } from "commander";
import { addCommand, type CommandDefinition, exitCodes, reportError } from "./command.js";
import { processOutput } from "./process-output.js";

/** Adds a command to a program. */
type Add = <Options extends object>(definition: CommandDefinition<Options>) => void;

/**
 * Runs a program beside `vfm`, with the same frame for its commands, and ends the process with the exit code.
 *
 * @param addAll adds the program's commands
 * @param words the name of the command and what follows it
 */
export async function runProgram(
  program: Command,
  addAll: (add: Add) => void,
  words: readonly string[] = process.argv.slice(2),
): Promise<void> {
  const { streams, end } = processOutput(program.name());
  let exitCode: number = exitCodes.done;
  program.exitOverride();
  addAll((definition) => addCommand(program, definition, streams, (code) => (exitCode = code)));
  try {
    await program.parseAsync([...words], { from: "user" });
  } catch (error) {
    exitCode = reportError(error, streams, words.includes("--json"));
  }
  end(exitCode);
}

/** Runs a script, a program of one command. Its `name` is the script's path, with which it is started: npx tsx PATH. */
export function runScript<Options extends object>(definition: CommandDefinition<Options>): Promise<void> {
  return runProgram(new Command("npx tsx"), (add) => add(definition), [definition.name, ...process.argv.slice(2)]);
}
