import { InputError } from "../../errors.js";
import { PickleMachine } from "./pickle-machine.js";
import { type PickledStorage, PickleGlobal, type PickleValue } from "./pickle-values.js";

/** The content of a pickle. */
export interface ReadPickle {
  value: PickleValue;
  /** The storages that it names, by key. */
  storages: ReadonlyMap<string, PickledStorage>;
  /** Index of the first byte after the pickle. */
  end: number;
}

/**
 * Reads a pickle as plain data. A pickle is a program; a small machine follows it without running any function.
 * Numbers, texts, containers and tensors become data. The result of any other call is kept as an object that does
 * nothing.
 *
 * @param source the file's name, for messages
 * @param start index of the pickle's first byte
 * @throws InputError if the pickle is malformed, truncated or too long, or names a function that starts programs
 */
export function readPickle(bytes: Uint8Array, source: string, start = 0): ReadPickle {
  const machine = new PickleMachine(bytes, source, start);
  for (;;) {
    machine.spend(1);
    const place = machine.position;
    const code = machine.byte();
    if (code === stop) return { value: machine.pop(), storages: machine.storages, end: machine.position };
    const instruction = instructions.get(code);
    if (instruction === undefined) {
      const name = code.toString(16).padStart(2, "0");
      throw new InputError(
        `${source}: its pickle has the instruction 0x${name} at byte ${place}, which is not allowed`,
      );
    }
    instruction(machine);
  }
}

type Instruction = (machine: PickleMachine) => void;

const stop = 0x2e;
const push =
  (read: (machine: PickleMachine) => PickleValue): Instruction =>
  (machine) =>
    machine.push(read(machine));

/**
 * The instructions by opcode: all that Python's pickle writes, except buffers outside the pickle, which no file has.
 * Texts of protocol 0 are taken as they are, with their escapes.
 */
const instructions: ReadonlyMap<number, Instruction> = new Map<number, Instruction>([
  [0x80, (machine) => machine.skip(1)], // PROTO
  [0x95, (machine) => machine.skip(8)], // FRAME
  [0x28, (machine) => machine.pushMark()], // MARK
  [0x30, (machine) => machine.drop()], // POP
  [0x31, (machine) => void machine.popToMark()], // POP_MARK
  [0x32, push((machine) => machine.top())], // DUP
  [0x4e, push(() => null)], // NONE
  [0x88, push(() => true)], // NEWTRUE
  [0x89, push(() => false)], // NEWFALSE
  [0x49, push((machine) => integerOrSwitch(machine.line()))], // INT
  [0x4a, push((machine) => machine.int32())], // BININT
  [0x4b, push((machine) => machine.byte())], // BININT1
  [0x4d, push((machine) => machine.unsigned(2))], // BININT2
  [0x4c, push((machine) => Number.parseInt(machine.line(), 10))], // LONG
  [0x8a, push((machine) => machine.long(machine.byte()))], // LONG1
  [0x8b, push((machine) => machine.long(machine.unsigned(4)))], // LONG4
  [0x46, push((machine) => Number.parseFloat(machine.line()))], // FLOAT
  [0x47, push((machine) => machine.float64())], // BINFLOAT
  [0x53, push((machine) => machine.line().slice(1, -1))], // STRING
  [0x54, push((machine) => machine.text(machine.unsigned(4)))], // BINSTRING
  [0x55, push((machine) => machine.text(machine.byte()))], // SHORT_BINSTRING
  [0x56, push((machine) => machine.line())], // UNICODE
  [0x58, push((machine) => machine.text(machine.unsigned(4)))], // BINUNICODE
  [0x8c, push((machine) => machine.text(machine.byte()))], // SHORT_BINUNICODE
  [0x8d, push((machine) => machine.text(machine.length()))], // BINUNICODE8
  [0x42, push((machine) => machine.data(machine.unsigned(4)))], // BINBYTES
  [0x43, push((machine) => machine.data(machine.byte()))], // SHORT_BINBYTES
  [0x8e, push((machine) => machine.data(machine.length()))], // BINBYTES8
  [0x96, push((machine) => machine.data(machine.length()))], // BYTEARRAY8
  [0x5d, push(() => [])], // EMPTY_LIST
  [0x29, push(() => [])], // EMPTY_TUPLE
  [0x8f, push(() => [])], // EMPTY_SET
  [0x7d, push(() => new Map())], // EMPTY_DICT
  [0x6c, push((machine) => machine.popToMark())], // LIST
  [0x74, push((machine) => machine.popToMark())], // TUPLE
  [0x91, push((machine) => machine.popToMark())], // FROZENSET
  [0x64, dictionary], // DICT
  [0x85, (machine) => machine.popTuple(1)], // TUPLE1
  [0x86, (machine) => machine.popTuple(2)], // TUPLE2
  [0x87, (machine) => machine.popTuple(3)], // TUPLE3
  [0x61, (machine) => machine.append([machine.pop()])], // APPEND
  [0x65, (machine) => machine.append(machine.popToMark())], // APPENDS
  [0x90, (machine) => machine.append(machine.popToMark())], // ADDITEMS
  [0x73, (machine) => machine.setItems([machine.pop(), machine.pop()].reverse())], // SETITEM
  [0x75, (machine) => machine.setItems(machine.popToMark())], // SETITEMS
  [0x70, (machine) => machine.remember(Number.parseInt(machine.line(), 10))], // PUT
  [0x71, (machine) => machine.remember(machine.byte())], // BINPUT
  [0x72, (machine) => machine.remember(machine.unsigned(4))], // LONG_BINPUT
  [0x94, (machine) => machine.remember()], // MEMOIZE
  [0x67, (machine) => machine.recall(Number.parseInt(machine.line(), 10))], // GET
  [0x68, (machine) => machine.recall(machine.byte())], // BINGET
  [0x6a, (machine) => machine.recall(machine.unsigned(4))], // LONG_BINGET
  [0x63, (machine) => machine.pushGlobal(machine.line(), machine.line())], // GLOBAL
  [0x93, (machine) => machine.pushGlobal(...swapped(machine.pop(), machine.pop()))], // STACK_GLOBAL
  [0x82, push((machine) => new PickleGlobal(`extension ${machine.byte()}`))], // EXT1
  [0x83, push((machine) => new PickleGlobal(`extension ${machine.unsigned(2)}`))], // EXT2
  [0x84, push((machine) => new PickleGlobal(`extension ${machine.unsigned(4)}`))], // EXT4
  [0x52, reduce], // REDUCE
  [0x81, reduce], // NEWOBJ: these classes take the same arguments
  [0x92, newWithNames], // NEWOBJ_EX
  [0x6f, objectOf], // OBJ
  [0x69, instanceOf], // INST
  [0x62, (machine) => machine.build()], // BUILD
  [0x50, persistent], // PERSID
  [0x51, (machine) => machine.pushPersistent()], // BINPERSID
]);

function integerOrSwitch(line: string): number | boolean {
  if (line === "00" || line === "01") return line === "01";
  return Number.parseInt(line, 10);
}

function dictionary(machine: PickleMachine): void {
  const pairs = machine.popToMark();
  machine.push(new Map());
  machine.setItems(pairs);
}

function persistent(machine: PickleMachine): void {
  machine.push(machine.line());
  machine.pushPersistent();
}

function reduce(machine: PickleMachine): void {
  const args = machine.pop();
  machine.call(machine.pop(), args);
}

function newWithNames(machine: PickleMachine): void {
  machine.pop();
  reduce(machine);
}

function objectOf(machine: PickleMachine): void {
  const [callee = null, ...args] = machine.popToMark();
  machine.call(callee, args);
}

function instanceOf(machine: PickleMachine): void {
  machine.pushGlobal(machine.line(), machine.line());
  const callee = machine.pop();
  machine.call(callee, machine.popToMark());
}

function swapped<T>(second: T, first: T): [T, T] {
  return [first, second];
}
