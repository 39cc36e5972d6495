/** A record with `fn` applied to every value. */
export function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  fn: (value: A, key: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, fn(value, key)]));
}

/** The entries of a record whose key `keep` accepts. */
export function filterKeys<A>(record: Readonly<Record<string, A>>, keep: (key: string) => boolean): Record<string, A> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => keep(key)));
}
