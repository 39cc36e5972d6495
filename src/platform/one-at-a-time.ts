import { aroundCalls } from "./around-calls.js";
import { type Engine } from "./types.js";

/**
 * The engine with its calls one after another. In WebAssembly all sessions share a stack, and a call keeps its frames
 * during its own pauses, so overlapping calls would overwrite each other's frames.
 */
export function oneAtATime(engine: Engine): Engine {
  let last: Promise<unknown> = Promise.resolve();
  return aroundCalls(engine, (call) => {
    const result = last.then(call);
    last = result.catch(() => undefined);
    return result;
  });
}
