import { type Communicator, fromRankZero } from "../distributed/index.js";
import { type RunStore } from "./run-store.js";

/**
 * The store of a run on several ranks: only rank 0 reads and writes files, and sends what it reads to the others. They
 * need no common file system.
 *
 * @param store the store of rank 0; of the other ranks' stores only the names of the files are used
 */
export function sharedStore(store: RunStore, communicator: Communicator): RunStore {
  const { rank, size } = communicator;
  if (size === 1) return store;
  const shared = <T>(work: () => Promise<T>): Promise<T> => fromRankZero(communicator, work);
  const alone = async (work: () => Promise<void>): Promise<void> => (rank === 0 ? work() : undefined);
  return {
    files: store.files,
    open: (run, resume) => shared(() => store.open(run, resume)),
    close: () => alone(() => store.close()),
    begin: (run) => shared(() => store.begin(run)),
    readState: (position, like) => shared(() => store.readState(position, like)),
    // The other ranks do not wait for it; they continue with the next step.
    save: (saved) => alone(() => store.save(saved)),
    appendLog: (line) => alone(() => store.appendLog(line)),
    afterStage: (...stage) => shared(() => store.afterStage(...stage)),
    trimLog: (stage, step) => shared(() => store.trimLog(stage, step)),
    readArrays: (...wanted) => shared(() => store.readArrays(...wanted)),
    writeArrays: (stage, name, arrays) => shared(() => store.writeArrays(stage, name, arrays)),
  };
}
