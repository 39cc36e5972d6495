/**
 * Communication between the processes of one run, its ranks. Every rank calls the same functions in the same order, one
 * after the other; each returns when this rank has its result.
 *
 * `singleProcess` is the communicator of a run in one process, `connectMpi` of `variational-flow-maps/node` that of
 * MPI.
 */
export interface Communicator {
  /** The index of this process, 0, 1, ..., size - 1. */
  readonly rank: number;
  /** The number of processes. */
  readonly size: number;
  /**
   * Sends a block to every rank: block q of `send` goes to rank q, and block q of `receive` comes from rank q.
   *
   * @param send `size` blocks of equal length
   * @param receive as long as `send`
   * @throws LostProcessError if a rank does not answer
   */
  exchange(send: Float32Array, receive: Float32Array): Promise<void>;
  /**
   * Sends the data of each rank to every rank.
   *
   * @param own of the same length on every rank
   * @param all `size` times as long: the ranks' data, in order
   * @throws LostProcessError if a rank does not answer
   */
  gather(own: Float32Array, all: Float32Array): Promise<void>;
  /**
   * Sends the bytes of rank 0 to every rank.
   *
   * @param bytes of the same length on every rank; written on all but rank 0
   * @throws LostProcessError if a rank does not answer
   */
  broadcast(bytes: Uint8Array): Promise<void>;
  /**
   * Waits until every rank has made this call.
   *
   * @throws LostProcessError if a rank does not answer
   */
  barrier(): Promise<void>;
  /** Ends all processes, including this one, without waiting for them. */
  abort(exitCode: number): never;
  /** Ends the connection when every rank has made this call. Nothing can be called after it. */
  close(): Promise<void>;
}

/**
 * The communicator of a run in one process.
 *
 * @example
 * const { rank, size } = singleProcess; // 0, 1
 */
export const singleProcess: Communicator = {
  rank: 0,
  size: 1,
  exchange: async (send, receive) => receive.set(send),
  gather: async (own, all) => all.set(own),
  broadcast: async () => undefined,
  barrier: async () => undefined,
  abort: (exitCode) => {
    throw new Error(`a run in one process has nobody else to end (exit code ${exitCode})`);
  },
  close: async () => undefined,
};
