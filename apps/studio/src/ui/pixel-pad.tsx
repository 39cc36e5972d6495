import { type ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { ImageTile } from "./image-tile.js";
import { type PixelColour } from "./paint-image.js";

/** A point of a picture, in pixels from its upper left corner; the first pixel's middle is (0.5, 0.5). */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A stroke across a picture: where it began, where it was, where it is. */
export interface Stroke {
  readonly start: Point;
  readonly previous: Point;
  readonly point: Point;
  /** Whether this is its first point. */
  readonly first: boolean;
}

interface PixelPadProps {
  /** What the picture shows and how it is operated. */
  label: string;
  values: ArrayLike<number> | undefined;
  shape: readonly number[];
  colour?: PixelColour | undefined;
  /** [H * W], 0 where a pixel is hidden. */
  mask?: ArrayLike<number> | undefined;
  /** Without it the picture is an image, which nothing operates. */
  onStroke?: ((stroke: Stroke) => void) | undefined;
  /** What the arrow keys do, dx and dy in pixels. Default: they move a cursor, and Space is a stroke of one point. */
  onArrow?: ((dx: number, dy: number, shift: boolean) => void) | undefined;
  /** Whether a finger that moves up or down scrolls the page: for pictures that are rather tapped than dragged. */
  scrolls?: boolean;
  /** Drawn over the picture, in its pixels. */
  children?: ComponentChildren;
}

const arrows: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** A picture that is operated with the pointer or the keys, if it has something that a stroke does. */
export function PixelPad({ onStroke, ...props }: PixelPadProps) {
  if (onStroke !== undefined) return <OperatedPad {...props} onStroke={onStroke} />;
  const { label, values, shape, colour, mask, children } = props;
  const [, height, width] = shape;
  return (
    <div class="pad still">
      <ImageTile label={label} values={values} shape={shape} colour={colour} mask={mask} />
      <Overlay height={height} width={width}>
        {children}
      </Overlay>
    </div>
  );
}

type OperatedPadProps = PixelPadProps & { onStroke(stroke: Stroke): void };

function OperatedPad(props: OperatedPadProps) {
  const { label, values, shape, colour, mask, onStroke, onArrow, scrolls = false, children } = props;
  const [, height, width] = shape;
  const stroke = useRef<Stroke | undefined>(undefined);
  const [cursor, setCursor] = useState<Point>();
  const pointOf = (event: PointerEvent, box: DOMRect): Point => ({
    x: ((event.clientX - box.left) / box.width) * width,
    y: ((event.clientY - box.top) / box.height) * height,
  });
  const go = (point: Point, first: boolean): void => {
    const before = stroke.current;
    stroke.current =
      first || before === undefined
        ? { start: point, previous: point, point, first: true }
        : { start: before.start, previous: before.point, point, first: false };
    onStroke(stroke.current);
  };
  const press = (event: KeyboardEvent): void => {
    // Those are the browser's.
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { x, y } = cursor ?? { x: width / 2, y: height / 2 };
    if (event.key in arrows) {
      const [dx, dy] = arrows[event.key];
      const within = (value: number, end: number): number =>
        Math.min(end - 0.5, Math.max(0.5, Math.floor(value) + 0.5));
      if (onArrow !== undefined) onArrow(dx, dy, event.shiftKey);
      else setCursor({ x: within(x + dx, width), y: within(y + dy, height) });
    } else if ((event.key === " " || event.key === "Enter") && onArrow === undefined) go({ x, y }, true);
    else return;
    event.preventDefault();
  };
  return (
    <div
      class={scrolls ? "pad scrolls" : "pad"}
      tabIndex={0}
      role="application"
      aria-label={label}
      onKeyDown={press}
      onBlur={() => setCursor(undefined)}
      onPointerDown={(event) => {
        // A second finger makes no stroke.
        if (event.button !== 0 || !event.isPrimary) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setCursor(undefined);
        stroke.current = undefined;
        // A finger that scrolls begins like one that taps.
        if (scrolls && event.pointerType === "touch") return;
        go(pointOf(event, event.currentTarget.getBoundingClientRect()), true);
      }}
      onPointerUp={(event) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId) || stroke.current !== undefined) return;
        go(pointOf(event, event.currentTarget.getBoundingClientRect()), true);
      }}
      onPointerMove={(event) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
        go(pointOf(event, event.currentTarget.getBoundingClientRect()), false);
      }}
    >
      <ImageTile label="" values={values} shape={shape} colour={colour} mask={mask} />
      <Overlay height={height} width={width}>
        {children}
        {cursor !== undefined && <rect class="cursor" x={cursor.x - 0.5} y={cursor.y - 0.5} width={1} height={1} />}
      </Overlay>
    </div>
  );
}

function Overlay({ height, width, children }: { height: number; width: number; children?: ComponentChildren }) {
  return (
    <svg viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {children}
    </svg>
  );
}

/** The pixels that a round brush of this radius covers as it goes along a stroke's last piece. */
export function brushed(
  { previous, point }: Stroke,
  radius: number,
  [, height, width]: readonly number[],
): Map<number, number> {
  const covered = new Map<number, number>();
  const steps = Math.max(1, Math.ceil(2 * Math.hypot(point.x - previous.x, point.y - previous.y)));
  for (let i = 0; i <= steps; i++) {
    const x = previous.x + ((point.x - previous.x) * i) / steps;
    const y = previous.y + ((point.y - previous.y) * i) / steps;
    for (let row = Math.max(0, Math.floor(y - radius - 1)); row <= Math.min(height - 1, y + radius + 1); row++)
      for (
        let column = Math.max(0, Math.floor(x - radius - 1));
        column <= Math.min(width - 1, x + radius + 1);
        column++
      ) {
        // 1 well inside the brush, 0 outside, between at its edge.
        const share = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(column + 0.5 - x, row + 0.5 - y)));
        const pixel = row * width + column;
        if (share > (covered.get(pixel) ?? 0)) covered.set(pixel, share);
      }
  }
  return covered;
}
