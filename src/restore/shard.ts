import { InputError } from "../errors.js";

/** One of several equal parts of the work: part `index` of `count`, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** All of the work. */
export const wholeShard: Shard = { index: 1, count: 1 };

/** The items of a shard: every `count`-th of a sorted list. */
export function shardOf<T>(items: readonly T[], { index, count }: Shard): T[] {
  return items.filter((_, i) => i % count === index - 1);
}

/**
 * Parses "3/16".
 *
 * @throws InputError if it is not a valid part
 */
export function parseShard(text: string): Shard {
  const [index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).slice(1).map(Number);
  if (!(Number.isSafeInteger(count) && index >= 1 && index <= count))
    throw new InputError(`"${text}" is not a part of the work: give e.g. 3/16, from 1/16 to 16/16`);
  return { index, count };
}
