import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { promisify } from "node:util";

const require = createRequire(import.meta.url);

/**
 * Tries a device with a small model in a separate process, because a missing driver writes to the terminal, and a
 * broken one ends the process.
 *
 * @returns the reason why ONNX Runtime cannot use the device on this machine; undefined if it can
 */
export async function tryDevice(device: string, model: Uint8Array): Promise<string | undefined> {
  const native = await import("onnxruntime-node").catch(() => undefined);
  if (native === undefined) return "onnxruntime-node is not installed";
  const names = native.listSupportedBackends().map(({ name }) => name);
  if (!names.includes(device)) return `this build of ONNX Runtime has ${names.join(", ")}`;
  const script =
    "const [, runtime, device, model] = process.argv;" +
    "require(runtime).InferenceSession.create(Buffer.from(model, 'base64'), { executionProviders: [device] })" +
    ".then(() => process.exit(0), (error) => { console.log(error.message); process.exit(1); });";
  const argv = ["-e", script, require.resolve("onnxruntime-node"), device, Buffer.from(model).toString("base64")];
  return promisify(execFile)(process.execPath, argv, { timeout: 30_000 }).then(
    () => undefined,
    (error: unknown) => {
      const { stdout = "" } = error as { stdout?: string };
      return stdout.trim().split("\n")[0].slice(-160) || "ONNX Runtime's process ended";
    },
  );
}
