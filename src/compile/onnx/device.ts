import { runtime } from "#runtime";
import { InputError } from "../../errors.js";
import { type Device } from "../types.js";
import { encodeModel } from "./encode.js";
import { GraphBuilder } from "./graph.js";

const probes = new Map<Device, Promise<void>>();

/**
 * Checks that ONNX Runtime can use a device on this machine.
 *
 * @throws InputError naming what is missing
 * @example
 * await requireDevice("cuda");
 * const { samples } = await samplePrior(model, { samples: 16, seed: 0, device: "cuda" });
 */
export async function requireDevice(device: Device): Promise<void> {
  if (device === "cpu") return;
  const probe = probes.get(device) ?? tryDevice(device);
  probes.set(device, probe);
  try {
    await probe;
  } catch (error) {
    // A driver may be repaired while the process runs.
    probes.delete(device);
    throw error;
  }
}

async function tryDevice(device: Exclude<Device, "cpu">): Promise<void> {
  const reason = await runtime.tryDevice(device, encodeModel(identity(), "probe"));
  if (reason !== undefined)
    throw new InputError(
      `the device "${device}" cannot be used here (${reason}): leave it out to run on the processor`,
    );
}

function identity() {
  const graph = new GraphBuilder();
  const input = graph.input("x", [1], "float32");
  return graph.finish([{ name: "y", tensor: input }]);
}
