/** One of the values that a control chooses from. */
export interface Option<Value extends string | number> {
  readonly value: Value;
  readonly title: string;
}
