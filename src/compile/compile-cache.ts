import { InputError } from "../errors.js";
import { checkOptions, numberFrom, positiveInteger, shown } from "../options.js";
import { type HostArray, hostType, namedLeaves, type Tree } from "../array/index.js";

/** An entry of the cache: anything that can be freed, such as a `Compiled`. */
export interface Disposable {
  /** Size of its arrays in bytes. Default: 0. */
  readonly bytes?: number | undefined;
  dispose(): Promise<void>;
}

/** Identifies a compiled function. Equal keys find the same function. */
export interface CompileKey {
  /** Objects and functions, compared by identity: parameters, networks, operators. */
  readonly objects: readonly object[];
  /**
   * Plain data, compared by value: names, shapes, settings, the engine. A function, a Map or another instance of a class
   * is an InputError: as an object it is compared by identity.
   */
  readonly values: readonly unknown[];
}

/** A cache of compiled functions, for repeated calls. */
export interface CompileCache {
  /** Number of entries. */
  readonly size: number;
  /**
   * Calls `use` with the entry of this key, which `make` makes on the first call. The entry is not freed while `use`
   * runs. If `make` fails, its error is thrown and nothing is stored, so that the next call tries again.
   */
  use<Kept extends Disposable, Result>(
    key: CompileKey,
    make: () => Promise<Kept>,
    use: (kept: Kept) => Promise<Result>,
  ): Promise<Result>;
  /**
   * Frees all entries: idle ones at once, the others when their uses have ended. It must not be awaited inside a use.
   */
  dispose(): Promise<void>;
}

/** The limits of a cache. */
export interface CompileCacheLimits {
  /** Greatest number of compiled functions. Default: 32. */
  entries?: number | undefined;
  /** Greatest total size of their arrays in bytes. Default: 2^29. A single function is kept, however large it is. */
  bytes?: number | undefined;
}

interface Entry {
  readonly made: Promise<Disposable>;
  /** Known once the function is made. */
  bytes: number;
  readonly uses: Set<Promise<unknown>>;
}

/**
 * A cache of compiled functions of bounded size. Beyond its limits the least recently used function is freed. Functions
 * in use are not freed, so the limits are exceeded while more of them run at once.
 *
 * @throws InputError if a limit is unknown or wrong
 * @example
 * const cache = compileCache({ entries: 4 });
 * const key = { objects: [model], values: ["halve", x.shape] };
 * const halve = () => compile((x: NDArray) => mul(x, 0.5), [images]);
 * const halves = await cache.use(key, halve, (compiled) => compiled.run(images)); // compiles only the first time
 */
export function compileCache(limits: CompileCacheLimits = {}): CompileCache {
  checkOptions("compileCache", limits, { entries: positiveInteger, bytes: numberFrom(0) });
  const { entries: most = 32, bytes: mostBytes = 2 ** 29 } = limits;
  // In order of last use, the oldest first.
  const entries = new Map<string, Entry>();

  /** Frees idle functions until the limits hold with `coming` more entries. */
  const makeRoom = async (coming = 0): Promise<void> => {
    const removed: Entry[] = [];
    let bytes = [...entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);
    for (const [name, entry] of entries) {
      const tooMany = entries.size + coming > most;
      // Entries without bytes would make no room, and the last entry with bytes is kept.
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

/** The names, shapes and element types of arguments, for the key of a function that is compiled for them. */
export function formOf(args: Tree<HostArray>): unknown {
  return namedLeaves(args).map(({ name, array }) => [name, array.shape, hostType(array)]);
}

/** The functions that the library compiled for its callers: samplers, observations, scores. */
export const sharedCache = compileCache();

/**
 * Frees the memory of all functions that `samplePosterior`, `samplePrior`, `observe` and the scores have compiled;
 * their next calls compile again. Without it, the 32 most recently used functions are kept, with at most 512 MB of
 * parameters.
 *
 * @example
 * await samplePrior(model, { samples: 16, seed: 0 });
 * await disposeCompiled();
 */
export async function disposeCompiled(): Promise<void> {
  await sharedCache.dispose();
}

/** Frees an entry that was removed from the cache, and so gets no new uses, when its last use has ended. */
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
  // JSON cannot represent undefined or numbers that are not finite.
  const spelt = (_: string, value: unknown): unknown =>
    value === undefined || (typeof value === "number" && !Number.isFinite(value))
      ? { not: String(value) }
      : plain(value);
  return JSON.stringify([objects.map(identityOf), values], spelt);
}

/** Throws InputError unless JSON represents the value: two functions, or two Maps, would be the same key. */
function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value) && "length" in value)
    return { [value.constructor.name]: Array.from(value as Float64Array) };
  const prototype: unknown = typeof value === "object" && value !== null ? Object.getPrototypeOf(value) : null;
  const isData = prototype === null || Object.getPrototypeOf(prototype) === null || Array.isArray(value);
  if (!isData || ["function", "symbol", "bigint"].includes(typeof value))
    throw new InputError(
      `a key's values hold ${shown(value)}: give plain data, and functions and instances of classes among its objects`,
    );
  return value;
}

/**
 * The object that a method depends on, as part of a compile key. An own property is a function by itself, so that a
 * copy of the object with other settings shares what was compiled; a method of a class may depend on all of the object.
 */
export function ownerOf<Key extends string>(object: Readonly<Record<Key, unknown>>, name: Key): object {
  return Object.hasOwn(object, name) ? (object[name] as object) : object;
}
