import { type Engine } from "./types.js";

/** Makes a call of the engine, at once or later, and returns its result. */
export type Around = <Result>(call: () => Promise<Result>) => Promise<Result>;

/** The engine, each of its calls made by `around`. */
export function aroundCalls(engine: Engine, around: Around): Engine {
  return {
    ...engine,
    InferenceSession: {
      async create(...given) {
        const session = await around(() => engine.InferenceSession.create(...given));
        return {
          run: (feeds, fetches) => around(() => session.run(feeds, fetches)),
          release: () => around(() => session.release()),
        };
      },
    },
  };
}
