import { describeKind } from "../support/parity/describe-kind.js";

describeKind("adapter");
