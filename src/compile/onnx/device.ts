import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { InputError } from "../../errors.js";
import { type Device } from "../types.js";
import { encodeModel } from "./encode.js";
import { GraphBuilder } from "./graph.js";

const require = createRequire(import.meta.url);
const probes = new Map<Device, Promise<void>>();

/** ONNX Runtime's execution providers in order of preference: the device's own, and the processor for what it lacks. */
export function executionProviders(device: Device): string[] {
  return device === "cpu" ? ["cpu"] : [device, "cpu"];
}

/**
 * Makes sure that ONNX Runtime can use a device on this machine.
 *
 * It is tried in a process of its own, because a driver that is missing writes to the terminal, and a broken one ends the
 * process.
 *
 * @throws InputError saying what is missing
 */
export async function requireDevice(device: Device): Promise<void> {
  if (device === "cpu") return;
  const probe = probes.get(device) ?? tryDevice(device);
  probes.set(device, probe);
  try {
    await probe;
  } catch (error) {
    // A driver may be mended while the process lives.
    probes.delete(device);
    throw error;
  }
}

async function tryDevice(device: Device): Promise<void> {
  const fail = (reason: string): never => {
    throw new InputError(`--device ${device} cannot be used here (${reason}): leave it out to run on the processor`);
  };
  const { listSupportedBackends } = await import("onnxruntime-node");
  const names = listSupportedBackends().map(({ name }) => name);
  if (!names.includes(device)) return fail(`this build of ONNX Runtime has ${names.join(", ")}`);
  const script =
    "const [, runtime, device, model] = process.argv;" +
    "require(runtime).InferenceSession.create(Buffer.from(model, 'base64'), { executionProviders: [device] })" +
    ".then(() => process.exit(0), (error) => { console.log(error.message); process.exit(1); });";
  const model = Buffer.from(encodeModel(identity(), "probe")).toString("base64");
  const argv = ["-e", script, require.resolve("onnxruntime-node"), device, model];
  await promisify(execFile)(process.execPath, argv, { timeout: 30_000 }).catch((error: unknown) => {
    const { stdout = "" } = error as { stdout?: string };
    return fail(stdout.trim().split("\n")[0].slice(-160) || "ONNX Runtime's process ended");
  });
}

function identity() {
  const graph = new GraphBuilder();
  const input = graph.input("x", [1], "float32");
  return graph.finish([{ name: "y", tensor: input }]);
}
