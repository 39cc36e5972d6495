/**
 * Fills in what a named size stands for: keys of `sizes[config.size]` that the configuration does not give itself.
 * A configuration without a size, or with an unknown one, is left for the schema to judge.
 */
export function expandSize(sizes: Readonly<Record<string, object>>, config: unknown): unknown {
  if (typeof config !== "object" || config === null || !("size" in config)) return config;
  const { size } = config;
  return typeof size === "string" && Object.hasOwn(sizes, size) ? { ...sizes[size], ...config } : config;
}
