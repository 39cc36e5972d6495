import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostArray, hostZeros } from "../array/index.js";
import { InputError } from "../errors.js";
import { compileCache, type CompileKey, formOf } from "./compile-cache.js";

/** Makes disposable objects, and records which are alive. */
function workshop() {
  const alive = new Set<number>();
  let made = 0;
  return {
    alive,
    count: () => made,
    make: async (bytes = 0) => {
      const id = ++made;
      alive.add(id);
      await Promise.resolve();
      return {
        id,
        bytes,
        dispose: async () => {
          if (!alive.delete(id)) throw new Error(`${id} was freed twice`);
        },
      };
    },
  };
}

const key = (...values: unknown[]): CompileKey => ({ objects: [], values });
const idOf = async ({ id }: { id: number }): Promise<number> => id;

/** A promise with the function that resolves it. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

describe("a compile cache", () => {
  it("refuses keys that are no plain data, and tells typed arrays apart", async () => {
    const { make, count } = workshop();
    const cache = compileCache();
    for (const value of [() => 1, new Map([[1, 2]]), new Set([1]), Symbol("a"), 1n, new Error("a")]) {
      await expect(cache.use(key("name", { value }), make, idOf)).rejects.toThrow(InputError);
      await expect(cache.use(key(value), make, idOf)).rejects.toThrow(/plain data/);
    }
    expect(count()).toBe(0);
    const ids = [];
    for (const value of [Int32Array.of(1, 2), Float32Array.of(1, 2), [1, 2], Int32Array.of(1, 2)])
      ids.push(await cache.use(key(value), make, idOf));
    expect(ids).toEqual([1, 2, 3, 1]);
    await cache.dispose();
  });

  it("makes once what equal keys name: plain data by value, objects by identity", async () => {
    const { make } = workshop();
    const cache = compileCache();
    const [a, b] = [{}, {}];
    const keys: CompileKey[] = [
      key("name", [1, 2], { steps: 1 }),
      key("name", [1, 2], { steps: 1 }),
      key("name", [1, 2], { steps: 2 }),
      key("name", NaN),
      key("name", Infinity),
      key("name", null),
      key("name", undefined),
      { objects: [a], values: [] },
      { objects: [b], values: [] },
      { objects: [a], values: [] },
    ];
    const ids: number[] = [];
    for (const each of keys) ids.push(await cache.use(each, make, idOf));
    expect(ids).toEqual([1, 1, 2, 3, 4, 5, 6, 7, 8, 7]);
    expect(cache.size).toBe(8);
  });

  it("makes once for calls that come together", async () => {
    const { make, count } = workshop();
    const cache = compileCache();
    const ids = await Promise.all(Array.from({ length: 5 }, () => cache.use(key("same"), make, idOf)));
    expect(ids).toEqual([1, 1, 1, 1, 1]);
    expect(count()).toBe(1);
  });

  it("drops a failure: all who waited for it are told, the next call tries again", async () => {
    const { make } = workshop();
    const cache = compileCache();
    const fail = async (): Promise<never> => {
      throw new Error("no engine");
    };
    const waiting = [cache.use(key("x"), fail, idOf), cache.use(key("x"), make, idOf)];
    for (const { status } of await Promise.allSettled(waiting)) expect(status).toBe("rejected");
    expect(cache.size).toBe(0);
    expect(await cache.use(key("x"), make, idOf)).toBe(1);
  });

  it("keeps what was made where its use fails", async () => {
    const { make, count } = workshop();
    const cache = compileCache();
    const use = cache.use(key("x"), make, async () => Promise.reject(new Error("wrong shape")));
    await expect(use).rejects.toThrow("wrong shape");
    expect(await cache.use(key("x"), make, idOf)).toBe(1);
    expect(count()).toBe(1);
  });

  it("frees what was not used for longest when it would hold too many", async () => {
    const { make, alive } = workshop();
    const cache = compileCache({ entries: 2 });
    const makeBesideOne = async () => {
      expect(alive.size).toBeLessThan(2);
      return make();
    };
    for (const name of ["a", "b", "a", "c"]) await cache.use(key(name), makeBesideOne, idOf);
    // a is 1, b is 2, c is 3.
    expect([...alive]).toEqual([1, 3]);
  });

  it("frees what was not used for longest when it holds too many bytes, but not the last", async () => {
    const { make, alive } = workshop();
    const cache = compileCache({ bytes: 100 });
    for (const [name, bytes] of [
      ["a", 60],
      ["b", 30],
      ["c", 40],
    ] as const)
      await cache.use(key(name), () => make(bytes), idOf);
    expect([...alive]).toEqual([2, 3]);
    await cache.use(key("empty"), () => make(0), idOf);
    await cache.use(key("huge"), () => make(1000), idOf);
    // Freeing an entry without bytes would make no room.
    expect([...alive]).toEqual([4, 5]);
    expect(await cache.use(key("empty"), () => make(0), idOf)).toBe(4);
    expect(await cache.use(key("huge"), () => make(1000), idOf)).toBe(5);
    await cache.use(key("small"), () => make(1), idOf);
    expect([...alive]).toEqual([4, 6]);
  });

  it("does not free what is in use, and frees it once it is not", async () => {
    const { make, alive } = workshop();
    const cache = compileCache({ entries: 1 });
    const { open, opened } = gate();
    const long = cache.use(key("long"), make, async ({ id }) => {
      await opened;
      return alive.has(id);
    });
    await cache.use(key("short"), make, idOf);
    await cache.use(key("other"), make, idOf);
    expect(alive.has(1)).toBe(true);
    open();
    expect(await long).toBe(true);
    expect(cache.size).toBe(1);
    expect(alive.size).toBe(1);
  });

  it("frees all on demand: what is in use, and what is being made, after its use", async () => {
    const { make, alive } = workshop();
    const cache = compileCache();
    await cache.use(key("idle"), make, idOf);
    const { open, opened } = gate();
    const seen = cache.use(key("busy"), make, async ({ id }) => {
      await opened;
      return alive.has(id);
    });
    const disposed = cache.dispose();
    // A call in the meantime gets another one.
    expect(await cache.use(key("busy"), make, idOf)).toBe(3);
    open();
    expect(await seen).toBe(true);
    await disposed;
    expect([...alive]).toEqual([3]);
    await cache.dispose();
    expect(alive.size).toBe(0);
  });

  it("holds its limit in any order of calls, and gives each call what is alive", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ name: fc.nat(9), turns: fc.nat(4), together: fc.boolean() }), { maxLength: 60 }),
        async (calls) => {
          const { make, alive } = workshop();
          const cache = compileCache({ entries: 3 });
          const running: Promise<void>[] = [];
          for (const { name, turns, together } of calls) {
            const use = cache.use(key(name), make, async ({ id }) => {
              for (let turn = 0; turn < turns; turn++) {
                expect(alive.has(id)).toBe(true);
                await Promise.resolve();
              }
            });
            if (together) running.push(use);
            else await use;
          }
          await Promise.all(running);
          expect(cache.size).toBeLessThanOrEqual(3);
          expect(alive.size).toBe(cache.size);
          await cache.dispose();
          expect(alive.size).toBe(0);
        },
      ),
    );
  });
});

describe("formOf", () => {
  it("is equal where names, shapes and element types are", () => {
    const form = formOf([hostZeros([2, 3]), { mask: hostZeros([2]) }]);
    expect(formOf([hostArray([1, 2, 3, 4, 5, 6], [2, 3]), { mask: hostArray([1, 1], [2]) }])).toEqual(form);
    expect(formOf([hostZeros([3, 2]), { mask: hostZeros([2]) }])).not.toEqual(form);
    expect(formOf([hostZeros([2, 3]), { kernel: hostZeros([2]) }])).not.toEqual(form);
    expect(formOf([hostZeros([2, 3]), { mask: hostArray(Int32Array.of(0, 0), [2]) }])).not.toEqual(form);
  });
});
