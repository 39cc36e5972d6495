/** What the studio needs and this browser lacks, a sentence each. */
export function missingFeatures(): string[] {
  const needed: readonly [present: boolean, sentence: string][] = [
    [typeof WebAssembly === "object", "This browser has no WebAssembly, which the networks need: use a newer browser."],
    [
      typeof Worker === "function",
      "This browser has no web workers, which the computations need: use a newer browser.",
    ],
    [
      simd(),
      "This browser's WebAssembly has no vector instructions (SIMD), which the networks need: use a newer browser.",
    ],
  ];
  return needed.filter(([present]) => !present).map(([, sentence]) => sentence);
}

/** The smallest module that adds two vectors is valid only in a browser with vector instructions. */
function simd(): boolean {
  const module = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
  ];
  return typeof WebAssembly === "object" && WebAssembly.validate(new Uint8Array(module));
}
