/** A Python value read from a pickle, as plain data: tuples and lists as arrays, dictionaries as maps. */
export type PickleValue =
  | null
  | boolean
  | number
  | string
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | PickleGlobal
  | PickleRecord
  | PickledStorage
  | PickledTensor;

/** A class or function that the pickle names. It is never called: what may stand for its result is decided by its name. */
export class PickleGlobal {
  /** @param name module and name, "collections.OrderedDict" */
  constructor(readonly name: string) {}
}

/** An object without behaviour, such as the options of the command that wrote the file: its attributes. */
export class PickleRecord {
  readonly attributes = new Map<PickleValue, PickleValue>();
}

/** The numbers that tensors are views of: a file of its own in the archive. */
export class PickledStorage {
  /**
   * @param type its Python class, "torch.FloatStorage"
   * @param key the name of its file in the archive
   * @param count the number of its elements
   */
  constructor(
    readonly type: string,
    readonly key: string,
    readonly count: number,
  ) {}
}

/** A tensor: a strided view of a storage. */
export class PickledTensor {
  /**
   * @param offset where it starts, in elements
   * @param strides the step of each axis, in elements
   */
  constructor(
    readonly storage: PickledStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}
