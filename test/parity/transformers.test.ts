import { describeKind } from "../support/parity/describe-kind.js";

describeKind("dmft");
describeKind("sit");
