import { readFileSync } from "node:fs";
import { inverse, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import {
  alignedRoot,
  bestAdapter,
  noiseCovariance,
  noisePosterior,
  posteriorErrors,
  sampledPosterior,
  symmetricRoot,
} from "./adapter.js";
import { reconstructingAdapter, reconstructionMinimum } from "./joint.js";
import { adapterCoupling, mixedCoupling } from "./mean-flow.js";
import { klTerm, observationTerm, reconstructionTerm } from "./objective.js";
import {
  correlatedPair as problem,
  exactPosterior,
  lowerFactor,
  observationCovariance,
} from "../../src/evaluate/calibration/linear-gaussian.js";
import { bestScoredAdapter, expectedPriorScore, expectedScores } from "./score.js";
import { type LinearGaussianStudy, studyLinearGaussian } from "./study.js";
import { studyTables } from "./study-tables.js";
import { transport } from "./transport.js";

// The claims of docs/theory.md, checked with the numbers of its sections.

const root = symmetricRoot(problem.covariance);
const rotated = (angle: number): Matrix =>
  root.mmul(
    new Matrix([
      [Math.cos(angle), -Math.sin(angle)],
      [Math.sin(angle), Math.cos(angle)],
    ]),
  );
const angles = Array.from({ length: 36 }, (_, i) => (i * Math.PI) / 36);
const aloneAt = (angle: number) => posteriorErrors(problem, rotated(angle), bestAdapter(problem, rotated(angle)));

describe("section 2, the adapter alone", () => {
  it("finds the exact posterior mean, whichever root of C the flow map is", () => {
    for (const angle of angles) expect(aloneAt(angle).mean).toBeLessThan(1e-12);
    expect(
      posteriorErrors(problem, lowerFactor(problem.covariance), bestAdapter(problem, lowerFactor(problem.covariance)))
        .mean,
    ).toBeLessThan(1e-12);
  });

  it("finds it with a reconstruction term, too", () => {
    for (const tau of [0.1, 1])
      for (const angle of [0.3, 1]) {
        const map = rotated(angle);
        expect(posteriorErrors(problem, map, reconstructingAdapter(problem, map, tau)).mean).toBeLessThan(1e-12);
      }
  });

  it("misses the covariance by 0 to 0.57, by the choice of the root", () => {
    const errors = Array.from({ length: 180 }, (_, degrees) => aloneAt((degrees * Math.PI) / 180).covariance);
    expect(Math.max(...errors)).toBeCloseTo(0.57, 2);
    expect(Math.min(...errors)).toBeLessThan(0.02);
  });

  it("is too narrow in every direction of the noise", () => {
    for (const angle of angles) {
      const { precision } = noisePosterior(problem, rotated(angle));
      const exact = inverse(precision);
      precision.diagonal().forEach((entry, i) => expect(1 / entry).toBeLessThanOrEqual(exact.get(i, i) + 1e-12));
    }
  });

  it("loses the mean where the flow map's prior is not exact", () => {
    const map = Matrix.mul(root, 0.8);
    expect(posteriorErrors(problem, map, bestAdapter(problem, map)).mean).toBeGreaterThan(0.05);
  });
});

describe("section 3, what a flow map that moves can do", () => {
  it("makes a diagonal adapter exact by a rotation of the noise alone, without touching the prior", () => {
    const map = alignedRoot(problem);
    const errors = posteriorErrors(problem, map, bestAdapter(problem, map));
    for (const error of Object.values(errors) as number[]) expect(error).toBeLessThan(1e-12);
  });
});

describe("section 4, the reconstruction term", () => {
  it("brings the mean to the exact one as tau falls, and the covariance to zero", () => {
    const errors = [1, 0.1, 0.01].map((tau) => {
      const { map, adapter } = reconstructionMinimum(problem, tau);
      return posteriorErrors(problem, map, adapter);
    });
    expect(errors.map(({ mean }) => mean.toFixed(3))).toEqual(["0.100", "0.005", "0.000"]);
    // A relative error of 1 is a covariance of zero.
    expect(errors[2].covariance).toBeGreaterThan(0.999);
    for (const { covariance } of errors) expect(covariance).toBeGreaterThan(0.85);
  });

  it("leaves no gradient at the minimum, neither by the adapter nor by the flow map", () => {
    const tau = 0.3;
    const { map, adapter } = reconstructionMinimum(problem, tau);
    const gradients = (k: Matrix): { flowMap: number; adapter: number } => {
      const flowMap = { map: k, offset: problem.mean };
      const terms = [observationTerm(problem, flowMap, adapter), reconstructionTerm(problem, flowMap, adapter, tau)];
      const kl = klTerm(problem, adapter);
      const total = (of: (term: (typeof terms)[number]) => Matrix): Matrix => Matrix.add(of(terms[0]), of(terms[1]));
      const byLogSigma = kl.adapter.logSigma.map(
        (value, i) => value + terms[0].adapter.logSigma[i] + terms[1].adapter.logSigma[i],
      );
      return {
        flowMap: Math.max(
          total((term) => term.flowMap.map).norm("frobenius"),
          total((term) => term.flowMap.offset).norm("frobenius"),
        ),
        adapter: Math.max(
          total((term) => term.adapter.gain)
            .add(kl.adapter.gain)
            .norm("frobenius"),
          Math.hypot(...byLogSigma),
        ),
      };
    };
    const rest = gradients(map);
    expect(rest.flowMap).toBeLessThan(1e-6);
    expect(rest.adapter).toBeLessThan(1e-6);
    expect(gradients(Matrix.mul(map, 1.1)).flowMap).toBeGreaterThan(0.1);
  });

  it("has the value of the law of total variance", () => {
    const adapter = bestAdapter(problem, root);
    const { gain } = exactPosterior(problem);
    const missed = Matrix.sub(gain, root.mmul(adapter.gain));
    const parts = [
      exactPosterior(problem).covariance.trace(),
      missed.mmul(observationCovariance(problem)).mmul(missed.transpose()).trace(),
      root.mmul(noiseCovariance(adapter)).mmul(root.transpose()).trace(),
    ];
    const { value } = reconstructionTerm(problem, { map: root, offset: problem.mean }, adapter, 0.7);
    expect(value).toBeCloseTo(parts.reduce((sum, part) => sum + part, 0) / (2 * 0.7 ** 2), 10);
  });
});

describe("section 5, the transport of the coupling", () => {
  const adapter = bestAdapter(problem, root);

  it("carries the coupling's noise to the data's covariance, for every alpha", () => {
    for (const alpha of [0, 0.5, 1]) {
      const coupling = mixedCoupling(problem, adapter, alpha);
      const map = transport(problem, coupling);
      const carried = map.mmul(coupling.noise).mmul(map.transpose());
      expect(Matrix.sub(carried, problem.covariance).norm("frobenius")).toBeLessThan(1e-6);
    }
  });

  it("is the symmetric root of C without the adapter's share", () => {
    const map = transport(problem, mixedCoupling(problem, adapter, 0));
    expect(Matrix.sub(map, root).norm("frobenius")).toBeLessThan(1e-6);
  });

  it("comes back along the way it went", () => {
    const coupling = mixedCoupling(problem, adapter, 0.5);
    const [whole, late, early] = [
      transport(problem, coupling),
      transport(problem, coupling, 0.4, 1),
      transport(problem, coupling, 0, 0.4),
    ];
    expect(Matrix.sub(early.mmul(late), whole).norm("frobenius")).toBeLessThan(1e-6);
  });

  it("gives the aggregate of the exact posterior of the noise its own law back", () => {
    const map = alignedRoot(problem);
    const { noise } = adapterCoupling(problem, bestAdapter(problem, map));
    expect(Matrix.sub(noise, Matrix.eye(2)).norm("frobenius")).toBeLessThan(1e-12);
  });
});

describe("section 6, scores of draws", () => {
  const aligned = alignedRoot(problem);
  const exact = exactPosterior(problem);
  const best = bestAdapter(problem, aligned);

  it("are least at the exact posterior where the family has it, and there alone for whole samples", () => {
    for (const name of ["pixel", "energy"] as const) {
      const found = posteriorErrors(problem, aligned, bestScoredAdapter(problem, aligned, name));
      expect(Math.max(found.mean, found.covariance)).toBeLessThan(1e-6);
    }
    const floor = expectedScores(problem, aligned, best);
    // The correct variance of each entry, without the correlation.
    const map = Matrix.diag(exact.covariance.diagonal().map(Math.sqrt));
    const uncorrelated = { gain: inverse(map).mmul(exact.gain), logSigma: [0, 0] };
    const other = expectedScores(problem, map, uncorrelated);
    expect(other.pixel).toBeCloseTo(floor.pixel, 10);
    expect(other.energy).toBeGreaterThan(floor.energy + 0.001);
  });

  it("give every entry its own variance by pixels, where the flow map cannot turn", () => {
    const adapter = bestScoredAdapter(problem, root, "pixel");
    const sampled = sampledPosterior(root, adapter).covariance;
    sampled.diagonal().forEach((variance, i) => expect(variance).toBeCloseTo(exact.covariance.get(i, i), 6));
    expect(Math.abs(sampled.get(0, 1) - exact.covariance.get(0, 1))).toBeGreaterThan(0.1);
    // L_obs + L_KL makes the unseen entry too narrow.
    expect(sampledPosterior(root, bestAdapter(problem, root)).covariance.get(1, 1)).toBeLessThan(
      0.9 * exact.covariance.get(1, 1),
    );
  });

  it("do not see the prior of a flow map that is free, and the divergence chooses the exact one", () => {
    const stretched = (factors: readonly number[]) => ({
      map: aligned.mmul(Matrix.diag([...factors])),
      adapter: {
        gain: Matrix.diag(factors.map((factor) => 1 / factor)).mmul(best.gain),
        logSigma: best.logSigma.map((value, i) => value - Math.log(factors[i])),
      },
    });
    const floor = expectedScores(problem, aligned, best);
    for (const factors of [
      [2, 0.5],
      [0.7, 1],
      [1, 1.3],
    ]) {
      const { map, adapter } = stretched(factors);
      expect(expectedScores(problem, map, adapter).energy).toBeCloseTo(floor.energy, 10);
      expect(posteriorErrors(problem, map, adapter).prior).toBeGreaterThan(0.2);
      expect(klTerm(problem, adapter).value).toBeGreaterThan(klTerm(problem, best).value + 0.01);
      expect(expectedPriorScore(problem, map)).toBeGreaterThan(expectedPriorScore(problem, aligned) + 0.001);
    }
  });

  it("have an exact covariance wherever the mean is exact, through the transport at alpha 1", () => {
    // The samples for all observations together have the covariance C, whatever the adapter, so an exact gain leaves C
    // - gain Cov(y) gain^T, the posterior's covariance.
    for (const adapter of [best, bestAdapter(problem, root), { gain: Matrix.ones(2, 1), logSigma: [0.3, -1] }]) {
      const sampled = sampledPosterior(transport(problem, mixedCoupling(problem, adapter, 1)), adapter);
      const moved = sampled.gain.mmul(observationCovariance(problem)).mmul(sampled.gain.transpose());
      const aggregate = Matrix.add(moved, sampled.covariance);
      expect(Matrix.sub(aggregate, problem.covariance).norm("frobenius")).toBeLessThan(1e-6);
    }
    const moved = exact.gain.mmul(observationCovariance(problem)).mmul(exact.gain.transpose());
    const left = Matrix.sub(problem.covariance, moved);
    expect(Matrix.sub(left, exact.covariance).norm("frobenius")).toBeLessThan(1e-12);
  });
});

describe("the numbers of docs/theory.md", () => {
  const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
  const kept = JSON.parse(read("studies/linear-gaussian/results/study.json")) as LinearGaussianStudy;

  it("are those that the command computes", async () => {
    const study = await studyLinearGaussian();
    const flat = (value: unknown): number[] => {
      if (typeof value === "number") return [value];
      return typeof value === "object" && value !== null ? Object.values(value).flatMap(flat) : [];
    };
    const [fresh, old] = [flat(study), flat(kept)];
    expect(fresh.length).toBe(old.length);
    fresh.forEach((value, i) => expect(value).toBeCloseTo(old[i], 4));
  });

  it("joint training gains in the covariance, not in the mean", () => {
    const [none, all] = [kept.joint[0], kept.joint[4]];
    expect([none.alpha, all.alpha]).toEqual([0, 1]);
    for (const way of ["minimum", "equilibrium"] as const) {
      expect(none[way].mean).toBeLessThan(1e-6);
      for (const { alpha, [way]: errors } of kept.joint.slice(1)) {
        expect(errors.mean, `alpha ${alpha}`).toBeGreaterThan(0.03);
        expect(errors.mean, `alpha ${alpha}`).toBeLessThan(0.085);
      }
      expect(all[way].covariance).toBeLessThan(none[way].covariance / 3);
    }
  });

  it("scored, the mean stays exact and the covariance is better at every alpha, and the prior pays", () => {
    kept.scoredJoint.forEach(({ alpha, equilibrium }, i) => {
      const unscored = kept.joint[i].equilibrium;
      expect(equilibrium.mean, `alpha ${alpha}`).toBeLessThan(1e-4);
      expect(equilibrium.covariance, `alpha ${alpha}`).toBeLessThan(unscored.covariance);
      if (alpha > 0) expect(equilibrium.prior, `alpha ${alpha}`).toBeGreaterThan(unscored.prior);
    });
    expect(kept.scoredJoint[4].equilibrium.covariance).toBeLessThan(1e-4);
  });

  it("with the prior scored too, alpha 1 is better in all three", () => {
    const { minimum } = kept.scoredJoint[4];
    for (const name of ["mean", "covariance", "prior"] as const)
      expect(minimum[name]).toBeLessThan(kept.joint[4].equilibrium[name]);
  });

  it("are those of the independent evaluation: covariance errors of the joint minimum", () => {
    expect(kept.joint.map(({ minimum }) => minimum.covariance.toFixed(3))).toEqual([
      "0.304",
      "0.296",
      "0.301",
      "0.212",
      "0.094",
    ]);
    expect(kept.joint.map(({ minimum }) => minimum.mean.toFixed(3))).toEqual([
      "0.000",
      "0.046",
      "0.081",
      "0.078",
      "0.045",
    ]);
  });

  it("stand in the page", () => {
    const page = read("docs/theory.md").replaceAll(/ +/g, " ");
    for (const { rows } of studyTables(kept)) for (const row of rows) expect(page).toContain(`| ${row.join(" | ")} |`);
  });
});
