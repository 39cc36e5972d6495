import { availableThreads, configureWasm } from "../../src/compile/index.js";
import * as scenario from "./scenario.js";

// The page that the tests in Chromium open.
configureWasm({ files: "/ort/" });

Object.assign(globalThis, { page: { ...scenario, availableThreads, configureWasm } });
