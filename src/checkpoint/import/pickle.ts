import { InputError } from "../../errors.js";
import { callResult, permittedGlobal, storageOf } from "./pickle-globals.js";
import { PickleGlobal, PickleRecord, type PickleValue } from "./pickle-values.js";

/** Where the elements of a tuple, list or dictionary begin on the stack. */
const mark = Symbol("mark");

type Instruction = (machine: PickleMachine) => void;

/**
 * Reads a pickle as plain data. A small machine for what checkpoints hold (numbers, strings, containers, tensors): a
 * pickle is a program, and any other instruction, or any function outside a short list, is refused by its name.
 *
 * @param source names the file in messages
 * @throws InputError if the pickle is refused, malformed or truncated
 */
export function readPickle(bytes: Uint8Array, source: string): PickleValue {
  return new PickleMachine(bytes, source).run();
}

class PickleMachine {
  readonly #view: DataView;
  readonly #stack: (PickleValue | typeof mark)[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #position = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly source: string,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): PickleValue {
    for (;;) {
      const place = this.#position;
      const code = this.byte();
      if (code === stop) return this.pop();
      const instruction = instructions.get(code);
      if (instruction === undefined) {
        const name = code.toString(16).padStart(2, "0");
        throw new InputError(
          `${this.source}: its pickle has the instruction 0x${name} at byte ${place}, which is not allowed`,
        );
      }
      instruction(this);
    }
  }

  malformed(problem: string): InputError {
    return new InputError(`${this.source}: its pickle is malformed at byte ${this.#position}: ${problem}`);
  }

  #advance(count: number): number {
    const start = this.#position;
    if (start + count > this.bytes.length) throw this.malformed("it ends too early");
    this.#position += count;
    return start;
  }

  byte(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  unsigned(width: 2 | 4): number {
    const start = this.#advance(width);
    return width === 2 ? this.#view.getUint16(start, true) : this.#view.getUint32(start, true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** A little-endian signed integer of `width` bytes. */
  long(width: number): number {
    const start = this.#advance(width);
    let value = 0n;
    for (let i = width - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[start + i]);
    return Number(BigInt.asIntN(8 * width, value));
  }

  text(length: number): string {
    const start = this.#advance(length);
    return Buffer.from(this.bytes.subarray(start, start + length)).toString("utf8");
  }

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.#position);
    if (end < 0) throw this.malformed("it ends too early");
    const text = this.text(end - this.#position);
    this.#position = end + 1;
    return text;
  }

  skip(count: number): void {
    this.#advance(count);
  }

  push(value: PickleValue): void {
    this.#stack.push(value);
  }

  pushMark(): void {
    this.#stack.push(mark);
  }

  pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined || value === mark) throw this.malformed("a value is missing");
    return value;
  }

  /** The values above the last mark, in their order. */
  popToMark(): PickleValue[] {
    const start = this.#stack.lastIndexOf(mark);
    if (start < 0) throw this.malformed("a mark is missing");
    return this.#stack.splice(start).slice(1) as PickleValue[];
  }

  popTuple(count: number): void {
    const values = Array.from({ length: count }, () => this.pop());
    this.push(values.reverse());
  }

  top(): PickleValue {
    const value = this.pop();
    this.push(value);
    return value;
  }

  remember(index = this.#memo.size): void {
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw this.malformed(`nothing was remembered as ${index}`);
    this.push(value);
  }

  setItems(pairs: readonly PickleValue[]): void {
    const target = this.top();
    if (!(target instanceof Map) || pairs.length % 2 !== 0) throw this.malformed("items are set of no dictionary");
    for (let i = 0; i < pairs.length; i += 2) target.set(pairs[i], pairs[i + 1]);
  }

  append(values: readonly PickleValue[]): void {
    const target = this.top();
    if (!Array.isArray(target)) throw this.malformed("values are appended to no list");
    for (const value of values) target.push(value);
  }

  pushGlobal(module: PickleValue, name: PickleValue): void {
    if (typeof module !== "string" || typeof name !== "string") throw this.malformed("a global has no name");
    this.push(permittedGlobal(`${module}.${name}`, this.source));
  }

  call(): void {
    const args = this.pop();
    const callee = this.pop();
    const result = callee instanceof PickleGlobal && Array.isArray(args) ? callResult(callee, args) : undefined;
    if (result === undefined)
      throw this.malformed(`it calls ${callee instanceof PickleGlobal ? callee.name : "a value"} with other arguments`);
    this.push(result);
  }

  /** Sets an object's state: attributes of a record. Attributes of containers mean nothing here. */
  build(): void {
    const state = this.pop();
    const target = this.top();
    if (target instanceof PickleRecord && state instanceof Map)
      for (const [name, value] of state) target.attributes.set(name, value);
    else if (!(target instanceof Map)) throw this.malformed("it sets the state of an object that has none");
  }

  pushStorage(): void {
    const storage = storageOf(this.pop());
    if (storage === undefined) throw this.malformed("a persistent id is not that of a storage");
    this.push(storage);
  }
}

const stop = 0x2e;
const push =
  (read: (machine: PickleMachine) => PickleValue): Instruction =>
  (machine) =>
    machine.push(read(machine));

/** The permitted instructions by their codes: those that Python's pickle and PyTorch write for checkpoints. */
const instructions: ReadonlyMap<number, Instruction> = new Map<number, Instruction>([
  [0x80, (machine) => machine.skip(1)], // PROTO
  [0x95, (machine) => machine.skip(8)], // FRAME
  [0x28, (machine) => machine.pushMark()], // MARK
  [0x4e, push(() => null)], // NONE
  [0x88, push(() => true)], // NEWTRUE
  [0x89, push(() => false)], // NEWFALSE
  [0x4a, push((machine) => machine.int32())], // BININT
  [0x4b, push((machine) => machine.byte())], // BININT1
  [0x4d, push((machine) => machine.unsigned(2))], // BININT2
  [0x8a, push((machine) => machine.long(machine.byte()))], // LONG1
  [0x47, push((machine) => machine.float64())], // BINFLOAT
  [0x58, push((machine) => machine.text(machine.unsigned(4)))], // BINUNICODE
  [0x8c, push((machine) => machine.text(machine.byte()))], // SHORT_BINUNICODE
  [0x5d, push(() => [])], // EMPTY_LIST
  [0x29, push(() => [])], // EMPTY_TUPLE
  [0x7d, push(() => new Map())], // EMPTY_DICT
  [0x74, push((machine) => machine.popToMark())], // TUPLE
  [0x85, (machine) => machine.popTuple(1)], // TUPLE1
  [0x86, (machine) => machine.popTuple(2)], // TUPLE2
  [0x87, (machine) => machine.popTuple(3)], // TUPLE3
  [0x61, (machine) => machine.append([machine.pop()])], // APPEND
  [0x65, (machine) => machine.append(machine.popToMark())], // APPENDS
  [0x73, (machine) => machine.setItems([machine.pop(), machine.pop()].reverse())], // SETITEM
  [0x75, (machine) => machine.setItems(machine.popToMark())], // SETITEMS
  [0x71, (machine) => machine.remember(machine.byte())], // BINPUT
  [0x72, (machine) => machine.remember(machine.unsigned(4))], // LONG_BINPUT
  [0x94, (machine) => machine.remember()], // MEMOIZE
  [0x68, (machine) => machine.recall(machine.byte())], // BINGET
  [0x6a, (machine) => machine.recall(machine.unsigned(4))], // LONG_BINGET
  [0x63, (machine) => machine.pushGlobal(machine.line(), machine.line())], // GLOBAL
  [0x93, (machine) => machine.pushGlobal(...swapped(machine.pop(), machine.pop()))], // STACK_GLOBAL
  [0x52, (machine) => machine.call()], // REDUCE
  [0x81, (machine) => machine.call()], // NEWOBJ: these classes take the same arguments
  [0x62, (machine) => machine.build()], // BUILD
  [0x51, (machine) => machine.pushStorage()], // BINPERSID
]);

function swapped<T>(second: T, first: T): [T, T] {
  return [first, second];
}
