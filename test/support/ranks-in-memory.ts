import { type Communicator } from "../../src/distributed/index.js";

/** Communicators of `size` ranks in this process, each for an asynchronous function of its own. */
export function ranksInMemory(size: number): Communicator[] {
  const rounds: { given: unknown[]; missing: number; full: Promise<void>; fill: () => void }[] = [];
  const calls = new Array<number>(size).fill(0);
  /** What every rank gave in its call of this number. */
  const meet = async <T>(rank: number, given: T): Promise<T[]> => {
    const number = calls[rank]++;
    if (rounds[number] === undefined) {
      let fill = (): void => undefined;
      const full = new Promise<void>((resolve) => (fill = resolve));
      rounds[number] = { given: [], missing: size, full, fill };
    }
    const round = rounds[number];
    round.given[rank] = given;
    if (--round.missing === 0) round.fill();
    await round.full;
    return round.given as T[];
  };
  return Array.from({ length: size }, (_, rank) => ({
    rank,
    size,
    exchange: async (send, receive) => {
      const length = send.length / size;
      const all = await meet(rank, send.slice());
      all.forEach((from, q) => receive.set(from.subarray(rank * length, (rank + 1) * length), q * length));
    },
    gather: async (own, all) => {
      (await meet(rank, own.slice())).forEach((from, q) => all.set(from, q * own.length));
    },
    broadcast: async (bytes) => {
      const [first] = await meet(rank, rank === 0 ? bytes.slice() : bytes);
      if (rank > 0) bytes.set(first);
    },
    barrier: () => meet(rank, undefined).then(() => undefined),
    abort: (exitCode) => {
      throw new Error(`abort ${exitCode}`);
    },
    close: () => meet(rank, undefined).then(() => undefined),
  }));
}

/** Runs the same function on every rank. */
export function onRanks<T>(size: number, work: (communicator: Communicator) => Promise<T>): Promise<T[]> {
  return Promise.all(ranksInMemory(size).map(work));
}
