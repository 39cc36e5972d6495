import { hostArray, mul, type NDArray } from "../../src/array/index.js";
import { compile, configureWasm } from "../../src/compile/index.js";
configureWasm({ files: new URL("/ort/", location.href).href });
const page = {
  async try() {
    const f = await compile((x: NDArray) => mul(x, 2), [hostArray([1], [1])], { replicas: 2 });
    const r = await f.run(hostArray([3], [1]));
    return [crossOriginIsolated, [...r.data]];
  },
};
Object.assign(globalThis, { page });
