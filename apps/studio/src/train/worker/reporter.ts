import { type Desk } from "./desk.js";
import { type StepLosses, type TrainReport } from "./services.js";

/** Milliseconds between two reports of losses. */
const lossesEvery = 100;
/** The share of the time that pictures may take, and the shortest time between two of them. */
const pictureShare = 0.15;
const picturesEvery = 300;

/** Reports a run to the page often enough to be watched, without slowing the run down. */
export interface Reporter {
  part(part: NonNullable<TrainReport["part"]>): void;
  /** After a step. */
  step(losses: StepLosses): Promise<void>;
  /** Reports all that has not been reported yet. */
  finish(): Promise<void>;
}

/** A reporter of a desk's models. */
export function reporterOf(desk: Desk, report: (report: TrainReport) => void): Reporter {
  let waiting: StepLosses[] = [];
  let [told, nextPicture] = [0, 0];
  let current: TrainReport["part"];
  const tellLosses = (): void => {
    told = performance.now();
    report({ losses: waiting });
    waiting = [];
  };
  const tellViews = async (): Promise<void> => {
    const start = performance.now();
    // The two sides train in alternation: one of them is enough.
    nextPicture = Infinity;
    report({ views: await desk.views() });
    const end = performance.now();
    nextPicture = end + Math.max(picturesEvery, (end - start) / pictureShare);
  };
  return {
    part(part) {
      if (part.name === current?.name && part.compiling === current.compiling) return;
      current = part;
      // The losses of the part before it come first.
      if (waiting.length > 0) tellLosses();
      report({ part });
    },
    async step(losses) {
      waiting.push(losses);
      if (performance.now() > told + lossesEvery) tellLosses();
      if (performance.now() > nextPicture) await tellViews();
    },
    async finish() {
      tellLosses();
      await tellViews();
    },
  };
}
