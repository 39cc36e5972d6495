import { expect, describe, it, vi } from "vitest";

const { readPicture, fail } = vi.hoisted(() => ({ readPicture: vi.fn(), fail: vi.fn() }));
vi.mock("./upload.js", () => ({ readPicture }));
vi.mock("./session.js", () => ({ fail, failure: {}, opened: { value: { shape: [1, 2, 2] } } }));

const { choosePicture } = await import("./own-picture.js");
const { change, firstView, view } = await import("./view.js");

const file = {} as File;
const [first, second] = [Float32Array.of(1, 0, 0, 0), Float32Array.of(0, 1, 0, 0)];

/** Chooses a picture that is read once the returned function is called. */
function chooseSlowly(): (values: Float32Array) => Promise<void> {
  let resolve = (_: Float32Array): void => undefined;
  readPicture.mockReturnValueOnce(new Promise<Float32Array>((done) => (resolve = done)));
  const chosen = choosePicture(file);
  return (values) => {
    resolve(values);
    return chosen;
  };
}

describe("a picture of the reader's", () => {
  it("gives way to one that was chosen later", async () => {
    const finish = chooseSlowly();
    readPicture.mockResolvedValueOnce(second);
    await choosePicture(file);
    await finish(first);
    expect(view.value.image).toEqual({ kind: "uploaded", values: second });
  });

  it("is dropped if another model was chosen while it was read", async () => {
    const finish = chooseSlowly();
    const chosen = { model: "cifar10", image: firstView.image };
    change(chosen);
    await finish(first);
    expect(view.value).toMatchObject(chosen);
    expect(fail).not.toHaveBeenCalled();
  });
});
