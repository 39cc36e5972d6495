import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { themeChanges } from "../app/theme.js";

/** What a canvas is painted with: a context whose unit is a pixel of the page, and the size in such pixels. */
export interface Pen {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
}

interface CanvasProps {
  /** What the picture shows, for screen readers. */
  label: string;
  /** Width over height. */
  aspect: number;
  /** Paints the whole picture; called again when this function, the size or the theme changes. */
  paint(pen: Pen): void;
  class?: string;
}

/** A picture painted by a function, as sharp as the screen allows: for plots of many points. */
export function Canvas({ label, aspect, paint, class: own = "" }: CanvasProps) {
  const element = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const changes = themeChanges.value;
  useEffect(() => {
    const canvas = element.current;
    if (canvas === null) return;
    const observer = new ResizeObserver(([{ contentRect }]) => setWidth(contentRect.width));
    observer.observe(canvas);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    const canvas = element.current;
    const context = canvas?.getContext("2d");
    if (!canvas || !context || width === 0) return;
    const height = width / aspect;
    const [columns, rows] = [width, height].map((length) => Math.round(length * devicePixelRatio));
    if (canvas.width !== columns || canvas.height !== rows) Object.assign(canvas, { width: columns, height: rows });
    context.setTransform(columns / width, 0, 0, rows / height, 0, 0);
    context.clearRect(0, 0, width, height);
    paint({ context, width, height });
  }, [paint, width, aspect, changes]);
  return (
    <canvas
      ref={element}
      class={`canvas ${own}`}
      style={{ aspectRatio: String(aspect) }}
      role="img"
      aria-label={label}
    />
  );
}
