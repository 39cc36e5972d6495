import { checkOptions, numberFrom, positiveInteger } from "../options.js";
import { type HostArray, hostType, namedLeaves, type Tree } from "../array/index.js";

/** What the cache keeps: anything that can be freed. `Compiled` is. */
export interface Disposable {
  /** Bytes of the arrays that it holds; 0 if not given. */
  readonly bytes?: number | undefined;
  dispose(): Promise<void>;
}

/** What something was compiled for. Equal keys find the same compiled function. */
export interface CompileKey {
  /** Objects and functions, each equal to itself alone: parameters, networks, operators. */
  readonly objects: readonly object[];
  /** Plain data, compared by value: names, shapes, settings, the engine. */
  readonly values: readonly unknown[];
}

/** Compiled functions, kept for whoever asks for the same again. */
export interface CompileCache {
  /** How many it keeps. */
  readonly size: number;
  /**
   * Calls `use` with what is kept under the key; `make` makes it the first time. It is not freed while `use` runs. Where
   * `make` fails, the error is thrown and nothing is kept: the next call tries again.
   */
  use<Kept extends Disposable, Result>(
    key: CompileKey,
    make: () => Promise<Kept>,
    use: (kept: Kept) => Promise<Result>,
  ): Promise<Result>;
  /** Frees everything: at once what is idle, the others when their uses have ended. Must not be awaited in a use. */
  dispose(): Promise<void>;
}

/** How much a cache keeps. */
export interface CompileCacheLimits {
  /** Most compiled functions; 32 if not given. */
  entries?: number | undefined;
  /** Most bytes of the arrays that they hold; 2^29 if not given. One is kept, however large it is. */
  bytes?: number | undefined;
}

interface Entry {
  readonly made: Promise<Disposable>;
  /** Known once it is made. */
  bytes: number;
  readonly uses: Set<Promise<unknown>>;
}

/**
 * A cache of compiled functions of bounded size: beyond its limits the function that was not used for longest is freed.
 * Functions in use are not, so that the limits are exceeded while more than that run at once.
 *
 * @example
 * const cache = compileCache({ entries: 4 });
 * const key = { objects: [model], values: ["halve", x.shape] };
 * const halve = () => compile((x: NDArray) => mul(x, 0.5), [images]);
 * const halves = await cache.use(key, halve, (compiled) => compiled.run(images)); // compiles the first time alone
 */
export function compileCache(limits: CompileCacheLimits = {}): CompileCache {
  checkOptions("compileCache", limits, { entries: positiveInteger, bytes: numberFrom(0) });
  const { entries: most = 32, bytes: mostBytes = 2 ** 29 } = limits;
  // By their last use, the oldest first.
  const entries = new Map<string, Entry>();

  /** Frees idle functions until the limits hold, with so many more to come. */
  const makeRoom = async (coming = 0): Promise<void> => {
    const removed: Entry[] = [];
    let bytes = [...entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);
    for (const [name, entry] of entries) {
      const tooMany = entries.size + coming > most;
      // Those that hold nothing would make no room, and the last that holds something is kept.
      const tooLarge = bytes > mostBytes && entry.bytes > 0 && entry.bytes < bytes;
      if (entry.uses.size > 0 || !(tooMany || tooLarge)) continue;
      entries.delete(name);
      removed.push(entry);
      bytes -= entry.bytes;
    }
    await Promise.all(removed.map(free));
  };

  const begin = (name: string, make: () => Promise<Disposable>): Entry => {
    const made = (async () => {
      await makeRoom(1);
      return make();
    })();
    const entry: Entry = { made, bytes: 0, uses: new Set() };
    made.then(
      (kept) => (entry.bytes = kept.bytes ?? 0),
      () => entries.get(name) === entry && entries.delete(name),
    );
    return entry;
  };

  return {
    get size() {
      return entries.size;
    },
    async use<Kept extends Disposable, Result>(
      key: CompileKey,
      make: () => Promise<Kept>,
      use: (kept: Kept) => Promise<Result>,
    ): Promise<Result> {
      const name = nameOf(key);
      const entry = entries.get(name) ?? begin(name, make);
      entries.delete(name);
      entries.set(name, entry);
      const running = entry.made.then((kept) => use(kept as Kept));
      entry.uses.add(running);
      try {
        return await running;
      } finally {
        entry.uses.delete(running);
        await makeRoom();
      }
    },
    async dispose() {
      const all = [...entries.values()];
      entries.clear();
      await Promise.all(all.map(free));
    },
  };
}

/** Names, shapes and element types of arguments: what a compiled function depends on of them, as a part of its key. */
export function formOf(args: Tree<HostArray>): unknown {
  return namedLeaves(args).map(({ name, array }) => [name, array.shape, hostType(array)]);
}

/** What the library's functions have compiled for their callers: samplers, observations, scores. */
export const sharedCache = compileCache();

/**
 * Frees the memory of all that `samplePosterior`, `samplePrior`, `observe` and the scores have compiled; their next calls
 * compile again. Of what is compiled they keep the 32 used last, and at most 512 MB of parameters.
 *
 * @example
 * await samplePrior(model, { samples: 16, seed: 0 });
 * await disposeCompiled();
 */
export async function disposeCompiled(): Promise<void> {
  await sharedCache.dispose();
}

/** Frees what was removed from the cache, where no new use can reach it, once its last use has ended. */
async function free({ made, uses }: Entry): Promise<void> {
  await Promise.allSettled([...uses]);
  const kept = await made.catch(() => undefined);
  await kept?.dispose();
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

function identityOf(object: object): number {
  const identity = identities.get(object) ?? ++lastIdentity;
  identities.set(object, identity);
  return identity;
}

function nameOf({ objects, values }: CompileKey): string {
  // JSON has no word for numbers that are not finite, nor for what is not given.
  const spelt = (_: string, value: unknown): unknown =>
    value === undefined || (typeof value === "number" && !Number.isFinite(value)) ? { not: String(value) } : value;
  return JSON.stringify([objects.map(identityOf), values], spelt);
}
