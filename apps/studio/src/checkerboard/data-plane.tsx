import { useCallback } from "preact/hooks";
import { Canvas, colourOf, type Pen } from "../ui/index.js";
import { furthestY, halfWidth, squareAt, squareColour, squares } from "./board.js";
import { planeOf } from "./plane.js";

/** The data plane is shown on [-shownHalfWidth, shownHalfWidth]^2. */
const shownHalfWidth = 2.4;

interface DataPlaneProps {
  /** What the points are, for screen readers. */
  label: string;
  /** x1 and x2 of each point in turn. */
  points: ArrayLike<number> | undefined;
  /** The square whose colour each point has; by default points off the squares stand out from the others. */
  squaresOfPoints?: ArrayLike<number> | undefined;
  /** The observation, drawn as a line x1 = y. */
  y?: number | undefined;
  /** Called with the observation that the reader drags the line to; without it the line is fixed. */
  onMove?: ((y: number) => void) | undefined;
}

/** The board and points on it. The line x1 = y is dragged with the pointer or moved with the arrow keys. */
export function DataPlane({ label, points, squaresOfPoints, y, onMove }: DataPlaneProps) {
  const paint = useCallback(
    (pen: Pen) => {
      drawBoard(pen);
      if (y !== undefined) drawLine(pen, y, onMove !== undefined);
      if (points !== undefined) drawPoints(pen, points, squaresOfPoints);
    },
    [points, squaresOfPoints, y, onMove === undefined],
  );
  const canvas = <Canvas label={label} aspect={1} paint={paint} class="plane board" />;
  if (onMove === undefined || y === undefined) return canvas;
  const move = (value: number): void => onMove(withinReach(value));
  const follow = (event: PointerEvent & { currentTarget: HTMLElement }): void => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    move(((event.clientX - left) / width) * 2 * shownHalfWidth - shownHalfWidth);
  };
  return (
    <div
      class="y-pad"
      role="slider"
      tabIndex={0}
      aria-label={`Observation y. ${label}`}
      aria-valuemin={-furthestY}
      aria-valuemax={furthestY}
      aria-valuenow={y}
      aria-valuetext={y.toFixed(2).replace("-", "−")}
      onKeyDown={(event) => {
        const step = steps[event.key];
        // Those with other keys are the browser's.
        if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        move(Number.isFinite(step) ? y + step * (event.shiftKey ? 5 : 1) : step);
      }}
      onPointerDown={(event) => {
        if (event.button !== 0 || !event.isPrimary) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        // A finger that scrolls the page begins like one that drags.
        if (event.pointerType !== "touch") follow(event);
      }}
      onPointerUp={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) follow(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) follow(event);
      }}
    >
      {canvas}
    </div>
  );
}

const steps: Readonly<Record<string, number>> = {
  ArrowLeft: -0.05,
  ArrowDown: -0.05,
  ArrowRight: 0.05,
  ArrowUp: 0.05,
  PageDown: -0.5,
  PageUp: 0.5,
  Home: -Infinity,
  End: Infinity,
};

const withinReach = (y: number): number => Math.round(100 * Math.min(furthestY, Math.max(-furthestY, y))) / 100;

function drawBoard(pen: Pen): void {
  const { context } = pen;
  const plane = planeOf(pen, shownHalfWidth);
  squares.forEach(({ x1, x2 }, square) => {
    context.fillStyle = `rgb(${squareColour(square).join(" ")} / 0.38)`;
    context.fillRect(plane.x(x1), plane.y(x2 + 1), plane.unit, plane.unit);
  });
  context.strokeStyle = colourOf("line");
  context.lineWidth = 1;
  context.strokeRect(plane.x(-halfWidth), plane.y(halfWidth), 2 * halfWidth * plane.unit, 2 * halfWidth * plane.unit);
}

function drawLine(pen: Pen, y: number, dragged: boolean): void {
  const { context, height } = pen;
  const x = planeOf(pen, shownHalfWidth).x(y);
  context.strokeStyle = colourOf("ink");
  context.lineWidth = 1.5;
  context.setLineDash([5, 4]);
  context.beginPath();
  context.moveTo(x, 0);
  context.lineTo(x, height);
  context.stroke();
  context.setLineDash([]);
  if (!dragged) return;
  context.fillStyle = colourOf("ink");
  context.beginPath();
  context.moveTo(x - 7, height);
  context.lineTo(x + 7, height);
  context.lineTo(x, height - 10);
  context.fill();
}

function drawPoints(pen: Pen, points: ArrayLike<number>, squaresOfPoints?: ArrayLike<number>): void {
  const { context, width } = pen;
  const plane = planeOf(pen, shownHalfWidth);
  const radius = width < 220 ? 1.3 : 1.8;
  const [on, off] = [colourOf("ink"), colourOf("warm")];
  context.globalAlpha = squaresOfPoints === undefined ? 0.75 : 1;
  for (let i = 0; i < points.length; i += 2) {
    const [x1, x2] = [points[i], points[i + 1]];
    const square = squaresOfPoints?.[i / 2] ?? -1;
    context.fillStyle = square >= 0 ? `rgb(${squareColour(square).join(" ")})` : squareAt(x1, x2) < 0 ? off : on;
    context.beginPath();
    context.arc(plane.x(x1), plane.y(x2), radius, 0, 2 * Math.PI);
    context.fill();
  }
  context.globalAlpha = 1;
}
