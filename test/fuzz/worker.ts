import { caseOf } from "./draw.js";
import { type Complaint } from "./subject.js";
import { prepare } from "./subjects.js";

// Runs cases one after the other in a process of its own, which its parent ends where one hangs.

/** What the parent asks for. */
export interface Order {
  seed: number;
  /** The numbers of the cases. */
  from: number;
  to: number;
  /** Only the subjects whose name begins so. */
  of?: string | undefined;
}

/** What the worker says: that it is ready, that a case begins, how it ended. */
export type News = { ready: true } | { begins: number; about: string } | { ended: number; complaint: Complaint };

const say = (news: News): void => void process.send?.(news);

let rejected: unknown;
process.on("unhandledRejection", (reason) => (rejected = reason));

process.on("message", (order: Order) => {
  run(order).then(
    () => process.disconnect(),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});

async function run({ seed, from, to, of = "" }: Order): Promise<void> {
  const { subjects, close } = await prepare();
  const chosen = subjects.filter(({ name }) => name.startsWith(of));
  if (chosen.length === 0) {
    const rooms = new Set(subjects.map(({ name }) => name.replace(/\..*/, "")));
    throw new Error(`--of ${of}: nothing has a name that begins so; there are ${[...rooms].join(", ")}`);
  }
  say({ ready: true });
  for (let number = from; number < to; number++) {
    rejected = undefined;
    const drawn = caseOf(chosen, seed, number);
    say({ begins: number, about: drawn.about });
    let complaint = await drawn.run();
    // What was left to itself says so in the next turn.
    await new Promise(setImmediate);
    if (rejected !== undefined)
      complaint = {
        kind: "crashes",
        what: `a rejection was left unhandled: ${rejected instanceof Error ? rejected.message : typeof rejected}`,
      };
    say({ ended: number, complaint });
  }
  await close();
}
