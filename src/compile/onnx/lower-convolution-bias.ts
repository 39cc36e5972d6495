import { sizeOf } from "../../array/index.js";
import { type GraphBuilder } from "./graph.js";
import { inRows } from "./lower-blocked-convolution.js";
import { broadcastsTo, broadcastView, shapeOf, type Value } from "./view.js";

/**
 * convolution + addend as one Conv, if nothing else uses the convolution and the addend has one number for each
 * channel. This saves one pass over memory.
 *
 * @returns undefined if the operands are not of this kind
 */
export function lowerAddToConvolution(
  graph: GraphBuilder,
  convolution: Value,
  addend: Value,
  onlyUse: boolean,
): Value | undefined {
  if (!onlyUse || convolution.kind === "uniform" || addend.kind === "uniform") return undefined;
  const node = graph.producer(convolution.tensor);
  const unshaped = node?.operator === "Reshape" ? graph.producer(node.inputs[0]) : node;
  const isBlocked = unshaped?.operator === "ReorderOutput";
  const origin = isBlocked ? graph.producer(unshaped.inputs[0]) : unshaped;
  if (origin?.operator !== "Conv" || origin.inputs.length !== 2) return undefined;
  const shape = shapeOf(convolution);
  const [, channels, ...spatial] = origin.output.shape;
  if (!broadcastsTo(addend, shape) || sizeOf(addend.tensor.shape) !== channels) return undefined;
  // The only axis of the addend with data is the one of the stored channels.
  const aligned = broadcastView(addend, shape);
  const stride = sizeOf(spatial);
  const fits = aligned.axes.every((axis, i) => {
    const own = convolution.axes[i];
    const isChannel = own.size === channels && own.stride === stride;
    return axis.stride === (isChannel ? 1 : 0);
  });
  if (!fits) return undefined;
  const bias = graph.reshape(aligned.tensor, [channels]);
  const { attributes, domain, output } = origin;
  const biased = graph.add("Conv", [...origin.inputs, bias], output.shape, { attributes, domain });
  const sum = isBlocked ? inRows(graph, biased) : biased;
  return { ...convolution, tensor: graph.reshape(sum, convolution.tensor.shape) };
}
