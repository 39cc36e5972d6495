import onnxProto, { type onnx } from "onnx-proto";
import {
  type Attribute,
  type ElementType,
  type Graph,
  type GraphNode,
  type Initializer,
  type Tensor,
} from "./graph.js";

const types: Record<ElementType, number> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** The version of the standard operators in the graphs. */
const operatorSet = 18;

/**
 * Encodes a graph as an ONNX model file.
 *
 * @param outside constants whose data are not in the file; the engine gets them under the constant's name
 */
export function encodeModel(graph: Graph, name: string, outside: readonly Initializer[] = []): Uint8Array {
  const domains = new Set(graph.nodes.map(({ domain }) => domain));
  return onnxProto.onnx.ModelProto.encode({
    irVersion: 8,
    producerName: "variational-flow-maps",
    opsetImport: [
      { domain: "", version: operatorSet },
      ...[...domains].filter((domain) => domain !== "").map((domain) => ({ domain, version: 1 })),
    ],
    graph: {
      name,
      node: graph.nodes.map(encodeNode),
      initializer: graph.initializers.map((constant) =>
        outside.includes(constant) ? encodeReference(constant) : encodeInitializer(constant),
      ),
      input: graph.inputs.map(encodeTensor),
      output: graph.outputs.map(encodeTensor),
    },
  }).finish();
}

function encodeTensor({ name, shape, type }: Tensor): onnx.IValueInfoProto {
  const dim = shape.map((size) => ({ dimValue: size }));
  return { name, type: { tensorType: { elemType: types[type], shape: { dim } } } };
}

function encodeInitializer({ tensor, data }: Initializer): onnx.ITensorProto {
  return {
    name: tensor.name,
    dims: [...tensor.shape],
    dataType: types[tensor.type],
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

function encodeReference({ tensor, data }: Initializer): onnx.ITensorProto {
  const place = { location: tensor.name, offset: "0", length: String(data.byteLength) };
  return {
    name: tensor.name,
    dims: [...tensor.shape],
    dataType: types[tensor.type],
    dataLocation: onnxProto.onnx.TensorProto.DataLocation.EXTERNAL,
    externalData: Object.entries(place).map(([key, value]) => ({ key, value })),
  };
}

function encodeNode({ operator, domain, inputs, attributes, output }: GraphNode): onnx.INodeProto {
  return {
    name: output.name,
    opType: operator,
    domain,
    input: inputs.map(({ name }) => name),
    output: [output.name],
    attribute: Object.entries(attributes).map(([name, value]) => encodeAttribute(name, value)),
  };
}

function encodeAttribute(name: string, value: Attribute): onnx.IAttributeProto {
  const { AttributeType } = onnxProto.onnx.AttributeProto;
  if ("int" in value) return { name, type: AttributeType.INT, i: value.int };
  if ("float" in value) return { name, type: AttributeType.FLOAT, f: value.float };
  if ("string" in value) return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value.string) };
  return { name, type: AttributeType.INTS, ints: [...value.ints] };
}
