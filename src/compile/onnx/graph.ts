import { sizeOf } from "../../array/index.js";
import type { ElementType, Tensor } from "../../platform/index.js";

export type { ElementType, Tensor } from "../../platform/index.js";

/** A node's attribute: an integer, a float, a string or a list of integers. */
export type Attribute = { int: number } | { float: number } | { string: string } | { ints: readonly number[] };

/** One operator of the graph; `domain` "" is standard ONNX. */
export interface GraphNode {
  readonly operator: string;
  readonly domain: "" | "com.microsoft" | "com.microsoft.nchwc";
  readonly inputs: readonly Tensor[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly output: Tensor;
}

/** A constant stored in the graph. */
export interface Initializer {
  readonly tensor: Tensor;
  readonly data: Float32Array | Int32Array | BigInt64Array | Uint8Array;
}

/** A finished graph, with its nodes in an executable order. */
export interface Graph {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly nodes: readonly GraphNode[];
  readonly initializers: readonly Initializer[];
}

/** Operators whose operands may be exchanged: both orders give the same node. */
const commutative: ReadonlySet<string> = new Set(["Add", "Mul", "And", "Or"]);

/** Builds a graph node by node. The same operator on the same inputs is made only once. */
export class GraphBuilder {
  readonly #inputs: Tensor[] = [];
  readonly #nodes: GraphNode[] = [];
  readonly #initializers = new Map<string, Initializer>();
  readonly #constants = new Map<string, Initializer[]>();
  readonly #known = new Map<string, Tensor>();
  readonly #producers = new Map<string, GraphNode>();
  readonly #reserved: ReadonlySet<string>;
  #count = 0;

  /** @param reserved names of inputs and outputs, which no other tensor may have */
  constructor(reserved: readonly string[] = []) {
    this.#reserved = new Set(reserved);
  }

  /** Declares an input of the graph. */
  input(name: string, shape: readonly number[], type: ElementType): Tensor {
    const tensor = { name, shape, type };
    this.#inputs.push(tensor);
    return tensor;
  }

  /** The node that makes this tensor, if there is one. */
  producer(tensor: Tensor): GraphNode | undefined {
    return this.#producers.get(tensor.name);
  }

  /** The data of this tensor, if it is a constant. */
  constantOf(tensor: Tensor): Initializer | undefined {
    return this.#initializers.get(tensor.name);
  }

  /** A constant tensor. Equal constants are stored once, so that results computed from them are computed once. */
  constant(data: Initializer["data"], shape: readonly number[], type: ElementType): Tensor {
    const words = wordsOf(data);
    const key = `${type}|${shape.join(",")}|${fingerprint(words)}`;
    const alike = this.#constants.get(key) ?? [];
    const known = alike.find((other) => wordsOf(other.data).every((word, i) => word === words[i]));
    if (known) return known.tensor;
    const tensor = { name: this.#newName("constant"), shape, type };
    const made = { tensor, data };
    this.#initializers.set(tensor.name, made);
    this.#constants.set(key, [...alike, made]);
    return tensor;
  }

  /** A constant scalar of the given element type. */
  scalar(value: number, type: ElementType): Tensor {
    return this.constant(dataOf([value], type), [], type);
  }

  /** A constant list of integers, for shapes and axes. */
  integers(values: readonly number[]): Tensor {
    return this.constant(dataOf(values, "int64"), [values.length], "int64");
  }

  /** Adds an operator and returns its output. */
  add(
    operator: string,
    inputs: readonly Tensor[],
    shape: readonly number[],
    options: { attributes?: Record<string, Attribute>; type?: ElementType; domain?: GraphNode["domain"] } = {},
  ): Tensor {
    const { attributes = {}, type = inputs[0].type, domain = "" } = options;
    const names = inputs.map(({ name }) => name);
    if (commutative.has(operator)) names.sort();
    const key = `${domain}.${operator}|${names.join(",")}|${JSON.stringify(attributes)}|${type}`;
    const known = this.#known.get(key);
    if (known) return known;
    const output = { name: this.#newName(operator), shape: [...shape], type };
    const node = { operator, domain, inputs, attributes, output };
    this.#nodes.push(node);
    this.#known.set(key, output);
    this.#producers.set(output.name, node);
    return output;
  }

  /** `tensor` in another shape of the same size; a chain of reshapes becomes one. */
  reshape(tensor: Tensor, shape: readonly number[]): Tensor {
    const producer = this.producer(tensor);
    const source = producer?.operator === "Reshape" ? producer.inputs[0] : tensor;
    if (source.shape.length === shape.length && source.shape.every((n, i) => n === shape[i])) return source;
    if (sizeOf(source.shape) !== sizeOf(shape))
      throw new Error(`internal: reshape of ${source.name} [${source.shape.join(",")}] to [${shape.join(",")}]`);
    return this.add("Reshape", [source, this.integers(shape)], shape);
  }

  /** `tensor` with its axes in another order. */
  transpose(tensor: Tensor, order: readonly number[]): Tensor {
    if (order.every((axis, i) => axis === i)) return tensor;
    return this.add(
      "Transpose",
      [tensor],
      order.map((axis) => tensor.shape[axis]),
      { attributes: { perm: { ints: order } } },
    );
  }

  #newName(kind: string): string {
    const name = `${kind}_${this.#count++}`;
    return this.#reserved.has(name) ? this.#newName(kind) : name;
  }

  /** Names the outputs and drops every node and constant that they do not need. */
  finish(outputs: readonly { name: string; tensor: Tensor }[]): Graph {
    const renamed = new Map<string, Tensor>();
    const finals = outputs.map(({ name, tensor }) => {
      const output = { name, shape: tensor.shape, type: tensor.type };
      if (this.#producers.has(tensor.name) && !renamed.has(tensor.name)) {
        renamed.set(tensor.name, output);
        return output;
      }
      // An input, a constant or a second name of the same tensor has to be copied.
      const source = renamed.get(tensor.name) ?? tensor;
      this.#nodes.push({ operator: "Identity", domain: "", inputs: [source], attributes: {}, output });
      return output;
    });
    const current = (tensor: Tensor): Tensor => renamed.get(tensor.name) ?? tensor;
    const all = this.#nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(current),
      output: current(node.output),
    }));
    const needed = new Set(finals.map(({ name }) => name));
    const nodes: GraphNode[] = [];
    for (const node of all.toReversed()) {
      if (!needed.has(node.output.name)) continue;
      nodes.push(node);
      for (const { name } of node.inputs) needed.add(name);
    }
    return {
      inputs: this.#inputs,
      outputs: finals,
      nodes: nodes.reverse(),
      initializers: [...this.#initializers.values()].filter(({ tensor }) => needed.has(tensor.name)),
    };
  }
}

/** Constant data in the array type of the element type. */
export function dataOf(values: readonly number[], type: ElementType): Initializer["data"] {
  if (type === "float32") return Float32Array.from(values);
  if (type === "int32") return Int32Array.from(values);
  if (type === "int64") return BigInt64Array.from(values, (value) => BigInt(value));
  return Uint8Array.from(values);
}

/** The bits of constant data: -0 and 0 are different constants, NaN equals itself. */
function wordsOf(data: Initializer["data"]): Int32Array | Uint8Array {
  return data instanceof Uint8Array ? data : new Int32Array(data.buffer, data.byteOffset, data.byteLength / 4);
}

/** A 32-bit hash of words. */
function fingerprint(words: Int32Array | Uint8Array): number {
  let state = 0x811c9dc5;
  for (const word of words) state = Math.imul(state ^ word, 0x01000193) ^ (state >>> 15);
  return state;
}
