import { useLayoutEffect, useRef } from "preact/hooks";
import { paintImage, type PixelColour } from "./paint-image.js";

interface ColourScaleProps {
  low: number;
  high: number;
  colour: PixelColour;
  format?(value: number): string;
}

const columns = 64;

/** The legend of a colour map, from the least to the greatest value. */
export function ColourScale({ low, high, colour, format = String }: ColourScaleProps) {
  const element = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const values = Array.from({ length: columns }, (_, i) => low + ((high - low) * i) / (columns - 1));
    if (element.current !== null) paintImage(element.current, values, [1, 1, columns], { colour });
  }, [low, high, colour]);
  return (
    <div class="colour-scale">
      <span>{format(low)}</span>
      <canvas
        ref={element}
        width={columns}
        height={1}
        role="img"
        aria-label={`colours from ${format(low)} to ${format(high)}`}
      />
      <span>{format(high)}</span>
    </div>
  );
}
