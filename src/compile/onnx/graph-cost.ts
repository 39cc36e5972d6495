import { sizeOf } from "../../array/index.js";
import { type Graph, type GraphNode, type Tensor } from "./graph.js";

/** The cost of running a graph once, counted from its nodes. */
export interface GraphCost {
  /** Floating-point operations of matrix products and convolutions; a multiplication with an addition counts as two. */
  flops: number;
  /** Number of values written by all other nodes, each at least one pass over memory. */
  elementwise: number;
  nodes: number;
  /** Size of the graph's inputs in bytes. */
  inputBytes: number;
  /** Size in bytes of the constants stored in it. */
  constantBytes: number;
  /** The peak size in bytes of results that a later node still needs, without inputs and constants. */
  peakBytes: number;
}

/** Counts the cost of running a graph once. */
export function graphCost({ inputs, outputs, nodes, initializers }: Graph): GraphCost {
  let flops = 0;
  let elementwise = 0;
  for (const node of nodes) {
    const own = nodeFlops(node);
    if (own > 0) flops += own;
    else if (!isAlias(node)) elementwise += sizeOf(node.output.shape);
  }
  const bytes = (tensors: readonly Tensor[]): number => tensors.reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  return {
    flops,
    elementwise,
    nodes: nodes.length,
    inputBytes: bytes(inputs),
    constantBytes: bytes(initializers.map(({ tensor }) => tensor)),
    peakBytes: peakBytes(nodes, outputs),
  };
}

function nodeFlops({ operator, inputs, attributes, output }: GraphNode): number {
  const flag = (name: string): boolean => {
    const attribute = attributes[name];
    return attribute !== undefined && "int" in attribute && attribute.int === 1;
  };
  const [first, second] = inputs;
  switch (operator) {
    case "MatMul":
    case "FusedMatMul":
    case "Gemm":
      return 2 * sizeOf(output.shape) * (first.shape.at(flag("transA") ? -2 : -1) ?? 1);
    case "Conv":
      // A kernel is [outputs, inputs per group, ...window].
      return 2 * sizeOf(output.shape) * sizeOf(second.shape.slice(1));
    case "ConvTranspose":
      // A kernel is [inputs, outputs per group, ...window]; it spreads every number of the input.
      return 2 * sizeOf(first.shape) * sizeOf(second.shape.slice(1));
    default:
      return 0;
  }
}

const isAlias = ({ operator }: GraphNode): boolean => operator === "Reshape";

// Results in the order in which they are made; a reshaped result shares the memory of its source.
function peakBytes(nodes: readonly GraphNode[], outputs: readonly Tensor[]): number {
  const owners = new Map<string, string>();
  const ownerOf = (name: string): string => owners.get(name) ?? name;
  const lastUse = new Map<string, number>();
  nodes.forEach((node, i) => {
    if (isAlias(node)) owners.set(node.output.name, ownerOf(node.inputs[0].name));
    for (const { name } of node.inputs) lastUse.set(ownerOf(name), i);
  });
  for (const { name } of outputs) lastUse.set(ownerOf(name), Infinity);
  const held = new Map<string, number>();
  let now = 0;
  let peak = 0;
  nodes.forEach((node, i) => {
    if (!isAlias(node)) {
      held.set(node.output.name, bytesOf(node.output));
      now += bytesOf(node.output);
      peak = Math.max(peak, now);
    }
    for (const { name } of node.inputs) {
      const owner = ownerOf(name);
      if (lastUse.get(owner) !== i) continue;
      now -= held.get(owner) ?? 0;
      held.delete(owner);
    }
  });
  return peak;
}

function bytesOf({ shape, type }: Tensor): number {
  return sizeOf(shape) * (type === "int64" ? 8 : type === "bool" ? 1 : 4);
}
