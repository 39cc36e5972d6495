import { elementBytes, type StoredType } from "../../storage/index.js";

/** PyTorch's element types that can be read, by name. */
const types: Readonly<Record<string, StoredType>> = {
  float64: "float64",
  float32: "float32",
  float16: "float16",
  bfloat16: "bfloat16",
  float8_e4m3fn: "float8_e4m3fn",
  float8_e5m2: "float8_e5m2",
  float8_e8m0fnu: "float8_e8m0fnu",
  int64: "int64",
  int32: "int32",
  int16: "int16",
  int8: "int8",
  uint64: "uint64",
  uint32: "uint32",
  uint16: "uint16",
  uint8: "uint8",
  bool: "bool",
};

/** Element types by the first words of their storages' classes. */
const storageNames: Readonly<Record<string, string>> = {
  Double: "float64",
  Float: "float32",
  Half: "float16",
  BFloat16: "bfloat16",
  Long: "int64",
  Int: "int32",
  Short: "int16",
  Char: "int8",
  Byte: "uint8",
  Bool: "bool",
  ComplexDouble: "complex128",
  ComplexFloat: "complex64",
};

/** Element sizes in bytes of types that cannot be read but have to be skipped. */
const otherBytes: Readonly<Record<string, number>> = {
  complex128: 16,
  complex64: 8,
  QInt8: 1,
  QUInt8: 1,
  QInt32: 4,
  QUInt4x2: 1,
  QUInt2x4: 1,
};

const storageClass = /^torch\.(?:\w+\.)*_?(\w*)Storage$/;

/** Whether a Python class is one of PyTorch's storages. */
export function isStorageClass(name: string): boolean {
  return storageClass.test(name);
}

/**
 * The element type of a storage's class, e.g. "float32"; the first word of the class's name if the type is not known.
 */
export function storageDtype(storage: string): string {
  const word = storageClass.exec(storage)?.[1] ?? storage;
  return Object.hasOwn(storageNames, word) ? storageNames[word] : word;
}

/** A type that can be read; undefined if there is none of this name. */
export function readableDtype(dtype: string): StoredType | undefined {
  return Object.hasOwn(types, dtype) ? types[dtype] : undefined;
}

/** Size of a storage's elements in bytes; 1 for an untyped storage, undefined for an unknown class. */
export function storageElementBytes(storage: string): number | undefined {
  const dtype = storageDtype(storage);
  const type = readableDtype(dtype);
  if (type !== undefined) return elementBytes(type);
  return dtype === "Untyped" ? 1 : otherBytes[dtype];
}
