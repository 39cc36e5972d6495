import { availableThreads, configureWasm } from "../../src/compile/index.js";
import * as scenario from "./scenario.js";

// The page that the test in Chromium opens.
configureWasm({ files: "/ort/" });

Object.assign(globalThis, { page: { ...scenario, availableThreads } });
