import { Matrix } from "ml-matrix";
import { alignedRoot, bestAdapter, posteriorErrors, type PosteriorErrors, symmetricRoot } from "./adapter.js";
import { jointEquilibrium, jointMinimum, type JointSolution, reconstructionMinimum } from "./joint.js";
import { correlatedPair, type LinearGaussian } from "../../src/evaluate/calibration/index.js";
import { bestScoredAdapter, expectedPriorScore, expectedScores, type ScoreName } from "./score.js";

const taus = [1, 0.1, 0.01];
const alphas = [0, 0.25, 0.5, 0.75, 1];

/** The errors of every training method in the linear-Gaussian case. */
export interface LinearGaussianStudy {
  /** The adapter alone, for three flow maps with the exact prior. */
  readonly adapterAlone: readonly (PosteriorErrors & { readonly root: string })[];
  /** Joint training with a reconstruction term, over adapter and flow map. */
  readonly reconstruction: readonly (PosteriorErrors & { readonly tau: number })[];
  /** Joint training through the transport of the coupling. */
  readonly joint: readonly {
    readonly alpha: number;
    /** The adapter takes into account how the flow map follows it. */
    readonly minimum: PosteriorErrors;
    /** Flow map and adapter are each the best for the other. */
    readonly equilibrium: PosteriorErrors;
  }[];
  /** The adapter alone, trained by a score of its draws, for the same flow maps. */
  readonly scoredAlone: readonly (Readonly<Record<ScoreName, PosteriorErrors>> & { readonly root: string })[];
  /** Joint training through the transport of the coupling, by the energy score. */
  readonly scoredJoint: readonly {
    readonly alpha: number;
    /** Flow map and adapter are each the best for the other. */
    readonly equilibrium: PosteriorErrors;
    /**
     * The adapter takes into account how the flow map follows it; the prior's draws are also scored, with equal weight.
     */
    readonly minimum: PosteriorErrors;
  }[];
}

/** How the study is computed. */
export interface StudyOptions {
  /** The problem; that of docs/theory.md if it is not given. */
  readonly problem?: LinearGaussian;
  /**
   * Called before each part, with the share of the parts that are done and the next one's name. The study waits for it,
   * and ends with what it throws.
   */
  beforePart?(done: number, name: string): Promise<void>;
}

/** Computes all numbers of docs/theory.md: closed forms and their numerical solutions, without random numbers. */
export async function studyLinearGaussian(options: StudyOptions = {}): Promise<LinearGaussianStudy> {
  const { problem = correlatedPair, beforePart } = options;
  const errorsOf = ({ map, adapter }: JointSolution): PosteriorErrors => posteriorErrors(problem, map, adapter);
  const roots = Object.entries({
    "symmetric root of C": symmetricRoot(problem.covariance),
    "aligned root of C": alignedRoot(problem),
    "aligned root, noise turned by 45°": turned(alignedRoot(problem)),
  });
  const partCount = 2 * roots.length + taus.length + 2 * alphas.length;
  let begun = 0;
  const each = async <Item, Result>(
    items: readonly Item[],
    nameOf: (item: Item) => string,
    compute: (item: Item) => Result,
  ): Promise<Result[]> => {
    const results: Result[] = [];
    for (const item of items) {
      await beforePart?.(begun++ / partCount, nameOf(item));
      results.push(compute(item));
    }
    return results;
  };
  return {
    adapterAlone: await each(
      roots,
      ([root]) => `adapter alone, ${root}`,
      ([root, map]) => ({ root, ...errorsOf({ map, adapter: bestAdapter(problem, map) }) }),
    ),
    reconstruction: await each(
      taus,
      (tau) => `reconstruction, tau ${tau}`,
      (tau) => ({ tau, ...errorsOf(reconstructionMinimum(problem, tau)) }),
    ),
    joint: await each(
      alphas,
      (alpha) => `joint training, alpha ${alpha}`,
      (alpha) => ({
        alpha,
        minimum: errorsOf(jointMinimum(problem, alpha)),
        equilibrium: errorsOf(jointEquilibrium(problem, alpha)),
      }),
    ),
    scoredAlone: await each(
      roots,
      ([root]) => `scored adapter alone, ${root}`,
      ([root, map]) => {
        const scored = (name: ScoreName) => errorsOf({ map, adapter: bestScoredAdapter(problem, map, name) });
        return { root, pixel: scored("pixel"), energy: scored("energy") };
      },
    ),
    scoredJoint: await each(
      alphas,
      (alpha) => `scored joint training, alpha ${alpha}`,
      (alpha) => ({
        alpha,
        // A score's minimum is found from differences of its value, to seven digits.
        equilibrium: errorsOf(
          jointEquilibrium(problem, alpha, (map) => bestScoredAdapter(problem, map, "energy"), 1e-7),
        ),
        minimum: errorsOf(
          jointMinimum(
            problem,
            alpha,
            ({ map, adapter }) => expectedScores(problem, map, adapter).energy + expectedPriorScore(problem, map),
          ),
        ),
      }),
    ),
  };
}

/** K Q with Q the rotation of the first two coordinates of the noise by 45 degrees. */
function turned(map: Matrix): Matrix {
  const rotation = Matrix.eye(map.rows);
  rotation.setSubMatrix(
    new Matrix([
      [1, -1],
      [1, 1],
    ]).div(Math.SQRT2),
    0,
    0,
  );
  return map.mmul(rotation);
}
