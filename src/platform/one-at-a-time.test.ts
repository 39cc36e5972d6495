import { describe, expect, it } from "vitest";
import { oneAtATime } from "./one-at-a-time.js";
import { type Engine } from "./types.js";

/** An engine that records when its calls begin and end. */
function notingEngine(): { engine: Engine; notes: string[] } {
  const notes: string[] = [];
  const call = async <Result>(name: string, result: Result): Promise<Result> => {
    notes.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 2));
    notes.push(`${name} ends`);
    return result;
  };
  const engine = {
    kind: "wasm",
    InferenceSession: {
      create: (model: Uint8Array) =>
        call(`create ${model[0]}`, {
          run: async (feeds: { fails?: boolean }) => {
            await call(`run ${model[0]}`, {});
            if (feeds.fails === true) throw new Error("it failed");
            return { of: model[0] };
          },
          release: () => call(`release ${model[0]}`, undefined),
        }),
    },
  } as unknown as Engine;
  return { engine, notes };
}

describe("the engine one call at a time", () => {
  it("lets no call begin before the one before it has ended, and continues after one that fails", async () => {
    const { engine, notes } = notingEngine();
    const { InferenceSession } = oneAtATime(engine);
    const open = (number: number) => InferenceSession.create(Uint8Array.of(number), {});
    const [a, b] = await Promise.all([open(1), open(2)]);
    const [first, failed, second] = await Promise.allSettled([
      a.run({}),
      a.run({ fails: true } as never),
      b.run({}),
      a.release(),
      b.release(),
    ]);
    expect([first, second]).toEqual([
      { status: "fulfilled", value: { of: 1 } },
      { status: "fulfilled", value: { of: 2 } },
    ]);
    expect(failed.status).toBe("rejected");
    const calls = ["create 1", "create 2", "run 1", "run 1", "run 2", "release 1", "release 2"];
    expect(notes).toEqual(calls.flatMap((name) => [`${name} begins`, `${name} ends`]));
  });
});
