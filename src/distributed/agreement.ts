import { DistributedError, InputError, VfmError } from "../errors.js";
import { type Communicator } from "./communicator.js";
import { packed, unpacked } from "./packed.js";

const agreed = new WeakSet<Error>();

/** Marks an error that every rank throws at the same place. */
export function onEveryRank<E extends Error>(error: E): E {
  agreed.add(error);
  return error;
}

/**
 * Whether every rank of the run has thrown this error at the same place. Any other error is that of this rank alone:
 * the other ranks wait for it until it ends them, by `abort`.
 *
 * @example
 * try {
 *   await train(run, { communicator });
 * } catch (error) {
 *   if (!isOnEveryRank(error)) communicator.abort(1);
 *   throw error;
 * }
 */
export function isOnEveryRank(error: unknown): boolean {
  return error instanceof Error && agreed.has(error);
}

const messageBytes = 1020;

/**
 * Runs work that every rank does for itself. If it fails on any rank, it fails on all, with the error of the first rank
 * that failed.
 *
 * @throws the error of the first rank where `work` failed: an InputError if it was one, otherwise a VfmError
 */
export async function onAllOrNone<T>({ rank, size, gather }: Communicator, work: () => Promise<T>): Promise<T> {
  if (size === 1) return work();
  const own = new Float32Array(1 + messageBytes / 4);
  const outcome = await work().then(
    (value) => ({ value }),
    (error: unknown) => ({ error: error instanceof Error ? error : new Error(String(error)) }),
  );
  if ("error" in outcome) own.set(encoded(outcome.error));
  const all = new Float32Array(size * own.length);
  await gather(own, all);
  const first = Array.from({ length: size }, (_, q) => all.subarray(q * own.length, (q + 1) * own.length)).findIndex(
    ([failed]) => failed !== 0,
  );
  if (first < 0 && "value" in outcome) return outcome.value;
  if (first === rank && "error" in outcome) throw onEveryRank(outcome.error);
  throw onEveryRank(decoded(all.subarray(first * own.length, (first + 1) * own.length)));
}

/**
 * Runs work on rank 0 alone and sends its result to every rank. If it fails, it fails on every rank.
 *
 * @param work its result may be any JSON value, with host arrays anywhere in it
 */
export async function fromRankZero<T>(communicator: Communicator, work: () => Promise<T>): Promise<T> {
  if (communicator.size === 1) return work();
  const { rank, broadcast } = communicator;
  const value = await onAllOrNone(communicator, async () => (rank === 0 ? packed(await work()) : new Uint8Array()));
  const length = Float64Array.of(value.byteLength);
  await broadcast(new Uint8Array(length.buffer));
  const bytes = rank === 0 ? value : new Uint8Array(length[0]);
  await broadcast(bytes);
  return unpacked(bytes) as T;
}

/** The state of a rank before a step. */
interface Standing {
  /** Whether the run should stop: on every rank, if one of them was asked to. */
  stop: boolean;
  /** Seconds of training, as measured on rank 0. */
  seconds: number;
  /** A checksum of what must be equal on every rank, at the steps where it is compared. */
  checksum?: number | undefined;
}

/**
 * Agrees on the state of a run.
 *
 * @throws DistributedError if the checksums differ
 */
export async function agree({ size, gather }: Communicator, own: Standing): Promise<Standing> {
  if (size === 1) return own;
  const numbers = Float64Array.of(own.stop ? 1 : 0, own.seconds, own.checksum ?? 0);
  const all = new Float64Array(size * numbers.length);
  await gather(new Float32Array(numbers.buffer), new Float32Array(all.buffer));
  const [stops, seconds, checksums] = [0, 1, 2].map((entry) => all.filter((_, i) => i % numbers.length === entry));
  const different = checksums.findIndex((checksum) => checksum !== checksums[0]);
  if (different > 0)
    throw onEveryRank(
      new DistributedError(
        `the parameters of rank ${different} are no longer those of rank 0: use processors of one kind for all ranks, ` +
          "and continue from the last saved state with --resume",
      ),
    );
  return { stop: stops.some((stop) => stop !== 0), seconds: seconds[0], checksum: own.checksum };
}

// One number: whether it failed, and if so whether because of the caller's input; then the message.
function encoded(error: Error): Float32Array {
  const bytes = new Uint8Array(4 + messageBytes);
  const numbers = new Float32Array(bytes.buffer);
  numbers[0] = error instanceof InputError ? 2 : 1;
  new TextEncoder().encodeInto(error.message, bytes.subarray(4));
  return numbers;
}

function decoded(numbers: Float32Array): Error {
  const bytes = Uint8Array.from(new Uint8Array(numbers.buffer, numbers.byteOffset + 4, messageBytes));
  const end = bytes.indexOf(0);
  const message = new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  return numbers[0] === 2 ? new InputError(message) : new VfmError(message);
}
