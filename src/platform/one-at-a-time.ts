import { type Engine } from "./types.js";

/**
 * The engine with its calls one after another. In WebAssembly all sessions share a stack, which a call keeps over its own
 * pauses: calls that overlap would write over each other's.
 */
export function oneAtATime(engine: Engine): Engine {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(call: () => Promise<Result>): Promise<Result> => {
    const result = last.then(call);
    last = result.catch(() => undefined);
    return result;
  };
  return {
    ...engine,
    InferenceSession: {
      async create(...given) {
        const session = await inTurn(() => engine.InferenceSession.create(...given));
        return {
          run: (feeds, fetches) => inTurn(() => session.run(feeds, fetches)),
          release: () => inTurn(() => session.release()),
        };
      },
    },
  };
}
