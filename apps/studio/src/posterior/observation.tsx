import { useRef } from "preact/hooks";
import { brushed, PixelPad, type Point, type Stroke } from "../ui/index.js";
import { type Box, boxInside } from "./corruption.js";
import { problemText } from "./problems.js";
import { boxOf } from "./request.js";
import { facts, opened, resultOfProblem } from "./session.js";
import { change, view } from "./view.js";

/** y, the observation; the pointer and the keys change it as far as the problem allows. */
export function ObservationPicture() {
  // The observation of another problem has another shape and other masks.
  const result = resultOfProblem.value;
  const shape = result?.y.shape ?? opened.value?.shape ?? [1, 28, 28];
  const problem = facts.value?.name ?? view.value.problem;
  const { title } = problemText(problem);
  const worked = usePicture(problem, shape);
  return (
    <figure>
      <figcaption>
        <var>y</var> <span>what is seen</span>
      </figcaption>
      <PixelPad
        label={`y, what is seen: ${title}${worked.keys === undefined ? "" : `. ${worked.keys}`}`}
        values={result?.y.data}
        shape={shape}
        mask={result?.parameters.mask?.data}
        onStroke={worked.onStroke}
        onArrow={worked.onArrow}
      >
        {worked.overlay}
      </PixelPad>
    </figure>
  );
}

/** How a problem handles the pointer and the keys on its picture. */
interface Worked {
  /** What the keys do, for screen readers. */
  keys?: string;
  onStroke?: (stroke: Stroke) => void;
  onArrow?: (dx: number, dy: number, shift: boolean) => void;
  overlay?: preact.JSX.Element;
}

const nothing: Worked = {};

function usePicture(problem: string, shape: readonly number[]): Worked {
  const box = useBox(shape);
  const paint = usePaint(shape);
  const motion = useMotion();
  if (opened.value === undefined) return nothing;
  if (problem === "inpaint-box") return box;
  const { parameters = {} } = facts.value ?? {};
  if ("mask" in parameters) return paint;
  return "kernel" in parameters ? motion : nothing;
}

/** A stroke moves the box, or resizes it if the stroke begins near a corner. */
function useBox(shape: readonly number[]): Worked {
  const [, height, width] = shape;
  const held = useRef<{ box: Box; down: -1 | 0 | 1; right: -1 | 0 | 1 } | undefined>(undefined);
  const box = boxOf(view.value, opened.value?.shape ?? shape);
  const { top, left } = box;
  return {
    keys: "Arrow keys move the box, with Shift they change its size.",
    onStroke: ({ start, point, first }) => {
      if (first) held.current = { box, ...cornerAt(box, point) };
      if (held.current === undefined) return;
      const { box: from, down, right } = held.current;
      const [dy, dx] = [Math.round(point.y - start.y), Math.round(point.x - start.x)];
      change({ box: boxInside(moved(from, dy, dx, down, right), height, width) });
    },
    onArrow: (dx, dy, shift) => {
      const [down, right] = shift ? ([1, 1] as const) : ([0, 0] as const);
      change({ box: boxInside(moved(box, dy, dx, down, right), height, width) });
    },
    overlay: <rect class="outline" x={left} y={top} width={box.width} height={box.height} />,
  };
}

/** Which corner of a box a point is at: 0 and 0 is none. */
function cornerAt({ top, left, height, width }: Box, { x, y }: Point): { down: -1 | 0 | 1; right: -1 | 0 | 1 } {
  const reach = Math.max(1.5, Math.min(height, width) / 5);
  const side = (value: number, low: number, high: number): -1 | 0 | 1 =>
    Math.abs(value - low) < reach ? -1 : Math.abs(value - high) < reach ? 1 : 0;
  const [down, right] = [side(y, top, top + height), side(x, left, left + width)];
  return down === 0 || right === 0 ? { down: 0, right: 0 } : { down, right };
}

function moved({ top, left, height, width }: Box, dy: number, dx: number, down: -1 | 0 | 1, right: -1 | 0 | 1): Box {
  // If a side is dragged, the opposite side stays.
  const along = (start: number, length: number, by: number, held: -1 | 0 | 1): [start: number, length: number] => {
    if (held === 0) return [start + by, length];
    if (held === 1) return [start, Math.max(1, length + by)];
    const shift = Math.min(by, length - 1);
    return [start + shift, length - shift];
  };
  const [newTop, newHeight] = along(top, height, dy, down);
  const [newLeft, newWidth] = along(left, width, dx, right);
  return { top: newTop, left: newLeft, height: newHeight, width: newWidth };
}

/** A stroke hides pixels, or shows them again if it begins on a hidden one. */
function usePaint(shape: readonly number[]): Worked {
  const hides = useRef(true);
  return {
    keys: "Arrow keys move the brush, Space hides pixels or shows them again.",
    onStroke: (stroke) => {
      const seen = view.value.mask ?? resultOfProblem.value?.parameters.mask?.data;
      if (seen === undefined) return;
      const [, height, width] = shape;
      const mask = Uint8Array.from(seen as ArrayLike<number>).slice(0, height * width);
      const { x, y } = stroke.point;
      if (stroke.first) hides.current = mask[Math.floor(y) * width + Math.floor(x)] === 1;
      for (const [pixel, share] of brushed(stroke, 1, shape)) if (share > 0.5) mask[pixel] = hides.current ? 0 : 1;
      change({ mask });
    },
  };
}

const longest = 9;

/** The blur takes a stroke's direction and length. */
function useMotion(): Worked {
  const { motion } = view.value;
  const turn = (angle: number): number => ((Math.round(angle) % 180) + 180) % 180;
  return {
    keys: "Left and right arrow keys turn the blur's direction, up and down change its length.",
    onStroke: ({ start, point, first }) => {
      const [dx, dy] = [point.x - start.x, point.y - start.y];
      const length = Math.min(longest, Math.round(2 * Math.hypot(dx, dy)) / 2);
      if (first || length === 0) return;
      change({ motion: { ...motion, length, angle: turn((Math.atan2(dy, dx) * 180) / Math.PI) } });
    },
    onArrow: (dx, dy) =>
      change({
        motion: {
          ...motion,
          angle: turn(motion.angle + 5 * dx),
          length: Math.min(longest, Math.max(0.5, motion.length - 0.5 * dy)),
        },
      }),
  };
}
