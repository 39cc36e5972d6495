import { InputError } from "../../errors.js";
import { callResult, globalNamed, InnerCall, persistentValue } from "./pickle-globals.js";
import { PickledStorage, PickleGlobal, PickleObject, type PickleValue } from "./pickle-values.js";

/** Marks the start of the elements of a tuple, list or dictionary on the stack. */
const mark = Symbol("mark");

// Every instruction takes a byte and may make an object, and a call may read earlier values again. Without a limit, a
// malicious pickle could fill the memory or never end.
const mostWork = 10_000_000;

// Longer integers are kept as objects, because no checkpoint computes with them.
const longestInteger = 32;

/** The state of the pickle machine: the bytes, a stack, and the memo. */
export class PickleMachine {
  readonly storages = new Map<string, PickledStorage>();
  readonly #view: DataView;
  readonly #stack: (PickleValue | typeof mark)[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #work = 0;

  /** @param position index of the next instruction */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly source: string,
    public position: number,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  malformed(problem: string): InputError {
    return new InputError(`${this.source}: its pickle is malformed at byte ${this.position}: ${problem}`);
  }

  /** Counts the work of an instruction. */
  spend(work: number): void {
    this.#work += work;
    if (this.#work > mostWork) throw new InputError(`${this.source}: its pickle is too long for a checkpoint`);
  }

  #advance(count: number): number {
    const start = this.position;
    if (start + count > this.bytes.length) throw this.malformed("it ends too early");
    this.position += count;
    return start;
  }

  byte(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  unsigned(width: 2 | 4): number {
    const start = this.#advance(width);
    return width === 2 ? this.#view.getUint16(start, true) : this.#view.getUint32(start, true);
  }

  /** Reads a length of 8 bytes. */
  length(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** Reads a little-endian signed integer of `width` bytes. */
  long(width: number): PickleValue {
    const start = this.#advance(width);
    if (width > longestInteger) return new PickleObject("int");
    let value = 0n;
    for (let i = width - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[start + i]);
    return Number(BigInt.asIntN(8 * width, value));
  }

  data(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.bytes.subarray(start, start + length);
  }

  text(length: number): string {
    return Buffer.from(this.data(length)).toString("utf8");
  }

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.position);
    if (end < 0) throw this.malformed("it ends too early");
    const text = this.text(end - this.position);
    this.position = end + 1;
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

  /** Drops the top of the stack, which may be a mark. */
  drop(): void {
    if (this.#stack.pop() === undefined) throw this.malformed("a value is missing");
  }

  /** The values above the last mark, in order. */
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
    const items = target instanceof PickleObject ? target.items : target;
    if (!(items instanceof Map) || pairs.length % 2 !== 0) throw this.malformed("items are set of no dictionary");
    for (let i = 0; i < pairs.length; i += 2) items.set(pairs[i], pairs[i + 1]);
  }

  append(values: readonly PickleValue[]): void {
    const target = this.top();
    // The items of an object that is also a list are ignored.
    if (target instanceof PickleObject) return;
    if (!Array.isArray(target)) throw this.malformed("values are appended to no list");
    for (const value of values) target.push(value);
  }

  pushGlobal(module: PickleValue, name: PickleValue): void {
    if (typeof module !== "string" || typeof name !== "string") throw this.malformed("a global has no name");
    this.push(globalNamed(module, name, this.source));
  }

  call(callee: PickleValue, args: PickleValue): void {
    // An object, the result of a call, can itself be called; that makes another object.
    const called = callee instanceof PickleObject ? new PickleGlobal(callee.name) : callee;
    if (!(called instanceof PickleGlobal)) throw this.malformed("it calls a value");
    this.#spendOn(args);
    let result = Array.isArray(args) ? callResult(called, args) : undefined;
    while (result instanceof InnerCall) {
      this.#spendOn(result.args);
      result = callResult(result.callee, result.args);
    }
    if (result === undefined) throw this.malformed(`it calls ${called.name} with other arguments`);
    this.push(result);
  }

  /** Sets an object's state: its attributes, if it is a dictionary, or a pair of dictionaries, the second for slots. */
  build(): void {
    const state = this.pop();
    const target = this.top();
    this.#spendOn(state);
    if (target instanceof PickleObject)
      for (const part of Array.isArray(state) ? state : [state])
        if (part instanceof Map) for (const [name, value] of part) target.attributes.set(name, value);
    const hasState = typeof target === "object" && target !== null;
    if (!hasState || target instanceof PickledStorage) throw this.malformed("it sets the state of what has none");
  }

  // Counts a value that will be traversed, and its elements.
  #spendOn(value: PickleValue): void {
    this.spend(lengthOf(value));
    if (Array.isArray(value)) for (const part of value) this.spend(lengthOf(part));
  }

  pushPersistent(): void {
    const value = persistentValue(this.pop());
    if (value === undefined) throw this.malformed("a persistent id is not that of a storage");
    if (value instanceof PickledStorage) this.storages.set(value.key, value);
    this.push(value);
  }
}

function lengthOf(value: PickleValue): number {
  if (Array.isArray(value)) return value.length;
  return value instanceof Map ? value.size : 0;
}
