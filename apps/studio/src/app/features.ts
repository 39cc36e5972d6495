/** What the studio needs and this browser does not have, a sentence each. */
export function missingFeatures(): string[] {
  const needed: readonly [present: boolean, sentence: string][] = [
    [typeof WebAssembly === "object", "This browser has no WebAssembly, in which the networks run: use a newer one."],
    [
      typeof Worker === "function",
      "This browser has no web workers, in which everything is computed: use a newer one.",
    ],
    [simd(), "This browser's WebAssembly has no vector instructions (SIMD), which the networks need: use a newer one."],
  ];
  return needed.filter(([present]) => !present).map(([, sentence]) => sentence);
}

/** The smallest module that adds two vectors is valid only where vectors are known. */
function simd(): boolean {
  const module = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
  ];
  return typeof WebAssembly === "object" && WebAssembly.validate(new Uint8Array(module));
}
