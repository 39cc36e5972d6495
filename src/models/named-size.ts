/**
 * Adds the keys of `sizes[config.size]` that the configuration does not give itself.
 * A configuration without a size, or with an unknown one, is returned as it is, for the schema to check.
 */
export function expandSize(sizes: Readonly<Record<string, object>>, config: unknown): unknown {
  if (typeof config !== "object" || config === null || !("size" in config)) return config;
  const { size } = config;
  return typeof size === "string" && Object.hasOwn(sizes, size) ? { ...sizes[size], ...config } : config;
}
