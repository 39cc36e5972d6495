declare const traced: unique symbol;

/**
 * An array inside a function that is traced, compiled or differentiated.
 *
 * The functions of this folder borrow their arguments, so that model code may use a value any number of times. Under
 * `compile` traced values hold no memory; an eager array has to be disposed of by its creator.
 */
export interface NDArray {
  readonly [traced]: true;
  readonly shape: number[];
  /** The number of axes. */
  readonly ndim: number;
  /** The number of elements. */
  readonly size: number;
  /** Frees an eager array. */
  dispose(): void;
}

/** An array or a scalar constant. */
export type Operand = NDArray | number;

/** An elementwise function of an array. */
export type Unary = (x: NDArray) => NDArray;
/**
 * An elementwise function of two arrays or numbers, broadcast as in NumPy, in the wider of their element types: bool,
 * int32, float32. A number has the type of the array beside it.
 */
export type Binary = (a: Operand, b: Operand) => NDArray;
