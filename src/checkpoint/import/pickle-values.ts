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

/** A class or function that the pickle names. It is never called: what may stand for its result is decided by its name. */
export class PickleGlobal {
  /** @param name module and name, "collections.OrderedDict" */
  constructor(readonly name: string) {}
}

/** What a call of any other class or function stands for: it was not made, what the pickle put into it is kept. */
export class PickleObject {
  /** Its state where that is a dictionary: attributes by name. */
  readonly attributes = new Map<PickleValue, PickleValue>();
  /** The items of an object that is a dictionary too. */
  readonly items = new Map<PickleValue, PickleValue>();

  /** @param name of what was called, "argparse.Namespace" */
  constructor(
    readonly name: string,
    readonly args: readonly PickleValue[] = [],
  ) {}
}

/** The numbers that tensors are views of. */
export class PickledStorage {
  /**
   * @param type its Python class, "torch.FloatStorage"
   * @param key its name in the file
   * @param count the number of its elements; of an untyped one, its bytes
   * @param start where it starts in what the key names, in elements
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
   * @param dtype PyTorch's name of its element type, "float32"; that of the storage's class where it is none that can be read
   * @param offset where it starts, in elements
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
