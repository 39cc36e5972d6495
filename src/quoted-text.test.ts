import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "./errors.js";
import { printable, printableJson, quoted, quotedList } from "./quoted-text.js";

// Written as numbers, because these characters control a terminal or are invisible.
const codes = [
  0, 7, 8, 9, 0x0a, 0x0d, 0x1b, 0x7f, 0x85, 0x9b, 0xad, 0x200b, 0x200e, 0x2028, 0x202e, 0x2066, 0xfeff, 0xd800, 0xe0041,
];
const isShown = (text: string): boolean =>
  Array.from(text).every((character) => {
    const code = character.codePointAt(0) ?? 0;
    return code >= 0x20 && (code < 0x7f || code > 0xa0) && !codes.includes(code);
  });

describe("text out of a file", () => {
  it.each(codes)("shows character %i by its number", (code) => {
    const text = `a${String.fromCodePoint(code)}b`;
    for (const shown of [printable(text), quoted(text), quotedList([text]), new InputError(text).message])
      expect(isShown(shown), shown).toBe(true);
    expect(printable(text)).toMatch(/^a\\.+b$/);
  });

  it("leaves what can be read as it is", () => {
    expect(printable("blocks.0.weight é 数 \u{1f600} “x”")).toBe("blocks.0.weight é 数 \u{1f600} “x”");
    expect(printable("\u001b[31m\u202e")).toBe("\\u001b[31m\\u202e");
  });

  it("is cut where it is long, and so is a list", () => {
    expect(quoted("x".repeat(120))).toBe("x".repeat(120));
    expect(quoted("x".repeat(1e6))).toBe(`${"x".repeat(120)}…`);
    expect(quoted("\u001b".repeat(1e6)).length).toBeLessThan(130);
    expect(quotedList(Array.from({ length: 10 }, (_, i) => `n${i}`))).toBe("n0, n1, n2, n3, n4, n5, n6, n7 and 2 more");
  });

  it("means the same as JSON", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(JSON.parse(printableJson(json))).toEqual(JSON.parse(json));
      }),
    );
    const text = codes.map((code) => String.fromCodePoint(code)).join("");
    const json = printableJson(JSON.stringify({ [text]: text }));
    expect(isShown(json)).toBe(true);
    expect(JSON.parse(json)).toEqual({ [text]: text });
  });
});

it("an error's message is one line of bounded length", () => {
  expect(new InputError("first\n  second").message).toBe("first second");
  expect(new InputError("x".repeat(1e6)).message.length).toBeLessThan(5000);
});
