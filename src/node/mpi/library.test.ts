import { describe, expect, it } from "vitest";
import { type LibraryHandle } from "koffi";
import { openLibrary } from "./library.js";

/** Opens a library where only these can be loaded. Returns the loaded library, and those that were tried before. */
function opened(environment: NodeJS.ProcessEnv, ...there: string[]) {
  const tried: string[] = [];
  const load = (name: string): LibraryHandle => {
    tried.push(name);
    if (!there.includes(name)) throw new Error("cannot open shared object file");
    return { name } as unknown as LibraryHandle;
  };
  return { open: () => openLibrary({ load } as Parameters<typeof openLibrary>[0], environment), tried };
}

describe("the MPI library", () => {
  it("is the one that launched the process, else the first that is found", () => {
    const both = ["libmpi.so.40", "libmpich.so.12"];
    expect(opened({}, ...both).open()).toEqual({ name: "libmpi.so.40" });
    expect(opened({ OMPI_COMM_WORLD_RANK: "0", PMI_RANK: "0" }, ...both).open()).toEqual({ name: "libmpi.so.40" });
    expect(opened({ PMI_RANK: "0" }, ...both).open()).toEqual({ name: "libmpich.so.12" });
    expect(opened({ PMI_RANK: "0" }, "libmpi.so.40").open()).toEqual({ name: "libmpi.so.40" });
    expect(opened({}, "libmpich.so.12").open()).toEqual({ name: "libmpich.so.12" });
  });

  it("is the one that is named, and no other", () => {
    const { open, tried } = opened({ VFM_MPI_LIBRARY: "/opt/site/libmpi.so" }, "libmpi.so.40");
    expect(open).toThrow("VFM_MPI_LIBRARY: /opt/site/libmpi.so cannot be loaded as a library");
    expect(tried).toEqual(["/opt/site/libmpi.so"]);
  });

  it("is asked for in one line where there is none", () => {
    expect(opened({}).open).toThrow(/^there is no MPI library here \(libmpi\): install Open MPI .*VFM_MPI_LIBRARY$/);
  });
});
