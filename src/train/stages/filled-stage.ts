import { type z } from "zod";
import { parseWith } from "../../schema.js";

/** The settings of a stage with this schema; entries with a default may be left out. */
export type StageSettings<Schema extends z.ZodType> = Omit<z.input<Schema>, "kind">;

/** A stage with all defaults. Throws InputError naming the first entry that is unknown, missing or wrong. */
export function filledStage<Schema extends z.ZodType>(
  schema: Schema,
  kind: string,
  settings: StageSettings<Schema>,
): z.output<Schema> {
  return parseWith<z.output<Schema>>(
    schema as z.ZodType<z.output<Schema>>,
    { ...settings, kind },
    `a stage of kind "${kind}"`,
  );
}
