// What pages are made of: controls, pictures, charts.
export { BarChart, type Bar } from "./bar-chart.js";
export { Canvas, type Pen } from "./canvas.js";
export { ColourScale } from "./colour-scale.js";
export { colourOf } from "./colours.js";
export { ImageTile } from "./image-tile.js";
export { paintImage, type PixelColour } from "./paint-image.js";
export { LineChart, type Line } from "./line-chart.js";
export { Notice } from "./notice.js";
export { brushed, PixelPad, type Point, type Stroke } from "./pixel-pad.js";
export { ProgressBar } from "./progress-bar.js";
export { Segmented } from "./segmented.js";
export { Select } from "./select.js";
export { Slider } from "./slider.js";
