import { type Problem } from "../operators/index.js";
import { type VariationalFlowMap } from "../vfm/index.js";

/** Whether samples are conditioned on their observation once more, as in a command's JSON; if not, the reason. */
export type UpdateNote = { update: true } | { update: false; updateReason: string };

/**
 * Whether a model's samples of a problem are conditioned on their observation once more.
 *
 * @param withheld why they are not, even if the model has an update
 */
export function updateNote(
  { updates }: Pick<VariationalFlowMap, "updates">,
  { name }: Problem,
  withheld?: string,
): UpdateNote {
  const without = (updateReason: string): UpdateNote => ({ update: false, updateReason });
  if (updates === undefined) return without("the checkpoint has no updates: vfm fit-updates makes them");
  const update = updates.get(name);
  if (update === undefined) return without(`the checkpoint's updates have none for ${name}: vfm fit-updates makes it`);
  if (update.residual === undefined)
    return without(
      update.temperature === 1
        ? `the fit chose the networks alone for ${name}`
        : `the update of ${name} is its temperature alone`,
    );
  return withheld === undefined ? { update: true } : without(withheld);
}

/** The line about a missing update in a command's text; none if there is an update. */
export function updateLine(note: UpdateNote): string[] {
  return note.update ? [] : [`no update on the observation: ${note.updateReason}`];
}
