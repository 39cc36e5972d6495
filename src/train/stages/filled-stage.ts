import { type z } from "zod";
import { InputError } from "../../errors.js";

/** What a stage of a schema is made from: entries with a default may be left out. */
export type StageSettings<Schema extends z.ZodType> = Omit<z.input<Schema>, "kind">;

/** A stage with every default filled in. Throws InputError naming the first entry that is unknown, missing or wrong. */
export function filledStage<Schema extends z.ZodType>(
  schema: Schema,
  kind: string,
  settings: StageSettings<Schema>,
): z.output<Schema> {
  const parsed = schema.safeParse({ ...settings, kind });
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  throw new InputError(
    `a stage of kind "${kind}": ${path.length === 0 ? "" : `${path.map(String).join(".")}: `}${message}`,
  );
}
