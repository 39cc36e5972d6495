/** A Python value read from a pickle, as plain data: tuples, lists and sets as arrays, dictionaries as maps. */
export type PickleValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | PickleGlobal
  | PickleObject
  | PickledStorage
  | PickledTensor;

/** A class or function that the pickle names. It is never called; its name decides what represents its result. */
export class PickleGlobal {
  /** @param name module and name, e.g. "collections.OrderedDict" */
  constructor(readonly name: string) {}
}

/**
 * Represents the result of a call of any other class or function: it is not constructed, and keeps what the pickle puts
 * into it.
 */
export class PickleObject {
  /** Its state if that is a dictionary: attributes by name. */
  readonly attributes = new Map<PickleValue, PickleValue>();
  /** The items of an object that is also a dictionary. */
  readonly items = new Map<PickleValue, PickleValue>();

  /** @param name the name of what was called, e.g. "argparse.Namespace" */
  constructor(
    readonly name: string,
    readonly args: readonly PickleValue[] = [],
  ) {}
}

/** The numbers behind tensors, which are views of them. */
export class PickledStorage {
  /**
   * @param type its Python class, e.g. "torch.FloatStorage"
   * @param key its name in the file
   * @param count the number of its elements; for an untyped storage, of its bytes
   * @param start its first element in the data of the key
   */
  constructor(
    readonly type: string,
    readonly key: string,
    readonly count: number,
    readonly start = 0,
  ) {}
}

/** A tensor: a strided view of a storage. */
export class PickledTensor {
  /**
   * @param dtype PyTorch's name of its element type, e.g. "float32"; the type of the storage's class if it cannot be
   *   read
   * @param offset its first element
   * @param strides the step of each axis, in elements
   */
  constructor(
    readonly storage: PickledStorage,
    readonly dtype: string,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}
