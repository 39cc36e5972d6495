import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { type Case, type Complaint, complaintAbout, notFinite, type Subject } from "../subject.js";
import { damaged, type Damaged, damagedJson } from "../damage.js";
import { type FileKind, fileKinds } from "./file-kinds.js";

/** Every kind of file, written once, as subjects; each case damages a copy and reads it. */
export async function fileSubjects(): Promise<{ subjects: Subject[]; close(): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), "vfm-fuzz-"));
  const subjects = await Promise.all(
    fileKinds.map(async (kind): Promise<Subject> => {
      const original = join(root, kind.name);
      await mkdir(original);
      await kind.write(original);
      const files = await contentOf(original);
      const names = [...files.keys()].filter((name) => kind.files?.(name) ?? true);
      const copy = join(root, `${kind.name}-copy`);
      const oneFile = fc.constantFrom(...names).chain((name) => {
        const bytes = files.get(name) as Uint8Array;
        const any = damaged(bytes);
        const how =
          kind.json === true && name.endsWith(".json")
            ? fc.oneof(any, damagedJson(Buffer.from(bytes).toString()))
            : any;
        return how.map((damage) => damagedCase(kind, files, copy, name, damage));
      });
      const certain = names.flatMap((name) =>
        (kind.refused?.(name) ?? []).map((damage) =>
          damagedCase({ ...kind, sure: () => "bytes" }, files, copy, name, damage),
        ),
      );
      const gone = fc.constantFrom(...names).map((name) => damagedCase(kind, files, copy, name, undefined));
      const whole = fc.constant({
        about: `${kind.name} as it was written`,
        run: () => readCopy(kind, files, copy, undefined),
      });
      return {
        name: kind.name,
        weight: kind.weight ?? 1,
        cases: fc.oneof(
          { weight: 30, arbitrary: oneFile },
          { weight: 2, arbitrary: gone },
          ...(certain.length > 0 ? [{ weight: 4, arbitrary: fc.constantFrom(...certain) }] : []),
          { weight: 1, arbitrary: whole },
        ),
      };
    }),
  );
  return { subjects, close: () => rm(root, { recursive: true, force: true }) };
}

function damagedCase(
  kind: FileKind,
  files: ReadonlyMap<string, Uint8Array>,
  copy: string,
  name: string,
  damage: Damaged | undefined,
): Case {
  return {
    about: `${kind.name}: ${name}, ${damage?.how ?? "removed"}`,
    run: () => readCopy(kind, files, copy, { name, bytes: damage?.bytes }),
  };
}

async function readCopy(
  { read, sure }: FileKind,
  files: ReadonlyMap<string, Uint8Array>,
  copy: string,
  change: { name: string; bytes: Uint8Array | undefined } | undefined,
): Promise<Complaint> {
  await rm(copy, { recursive: true, force: true });
  await mkdir(copy, { recursive: true });
  for (const [name, bytes] of files) {
    const content = name === change?.name ? change.bytes : bytes;
    if (content === undefined) continue;
    await mkdir(dirname(join(copy, name)), { recursive: true });
    await writeFile(join(copy, name), content);
  }
  let result: unknown;
  try {
    result = await read(copy);
  } catch (error) {
    return change === undefined
      ? { kind: "crashes", what: `the valid file was refused: ${String(error)}` }
      : complaintAbout(error, [copy]);
  }
  if (change !== undefined && sure?.(change.name) === "bytes" && !equal(change.bytes, files.get(change.name)))
    return { kind: "silent", what: "the damaged file was accepted" };
  const place = notFinite(result);
  return place === undefined ? undefined : { kind: "silent", what: `it gave ${place}` };
}

function equal(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}

async function contentOf(folder: string): Promise<Map<string, Uint8Array>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(
      files.map(async (path): Promise<[string, Uint8Array]> => [
        path.slice(folder.length + 1), // A Buffer's slices would share its memory.
        new Uint8Array(await readFile(path)),
      ]),
    ),
  );
}
