import fc from "fast-check";
import { expect, it } from "vitest";
import { duplicateKey } from "./duplicate-keys.js";

it.each<[string, string | undefined]>([
  ['{"a":1,"b":2,"a":3}', "a"],
  ['{"a":{"b":1},"c":{"b":1}}', undefined],
  ['{"a":{"b":1 , "c":[{"d":1},{"d":2}],\n"b" :2}}', "b"],
  ['{"a":"a","b":["a","a"]}', undefined],
  ['{"a\\"":1,"a":2,"\\u0061\\"":3}', 'a"'],
  ['{"__proto__":1,"__proto__":2}', "__proto__"],
  ['"a"', undefined],
])("%s: %s", (json, key) => expect(duplicateKey(json)).toBe(key));

it("finds none in what an object was written as", () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(duplicateKey(json)).toBeUndefined();
    }),
  );
});
