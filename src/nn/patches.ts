import { checkShapes, type NDArray, reshape, transpose } from "../array/index.js";
import { checkArgument, positiveInteger } from "../options.js";
import { checkMultiples } from "./checks.js";

/**
 * Square patches of an image as tokens. Within a token the order is (channel, row, column), as in a convolution's
 * kernel.
 * x: [B, C, H, W] -> [B, H / patch * W / patch, C * patch^2].
 *
 * @throws InputError if x is no array [B, C, H, W], or `patch` does not divide H and W
 * @example
 * const patches = patchify(x, 4); // [8, 1, 28, 28] -> [8, 49, 16]
 */
export function patchify(x: NDArray, patch: number): NDArray {
  checkShapes("patchify", { x: [x, ["B", "C", "H", "W"]] });
  const [batch, channels, height, width] = x.shape;
  checkMultiples("patchify", "patch", patch, { H: height, W: width });
  const [rows, columns] = [height / patch, width / patch];
  const cut = reshape(x, [batch, channels, rows, patch, columns, patch]);
  return reshape(transpose(cut, [0, 2, 4, 1, 3, 5]), [batch, rows * columns, channels * patch * patch]);
}

/**
 * The image with these tokens as its patches. Within a token the order is (row, column, channel), as in diffusion
 * transformers. tokens: [B, N, patch^2 * C] -> [B, C, height, width].
 *
 * @throws InputError if the tokens are no array of that shape, or `patch` does not divide height and width
 * @example
 * const image = unpatchify(tokens, 4, 28, 28); // [8, 49, 16] -> [8, 1, 28, 28]
 */
export function unpatchify(tokens: NDArray, patch: number, height: number, width: number): NDArray {
  checkArgument("unpatchify", "height", height, positiveInteger);
  checkArgument("unpatchify", "width", width, positiveInteger);
  checkMultiples("unpatchify", "patch", patch, { height, width });
  const [rows, columns] = [height / patch, width / patch];
  checkShapes("unpatchify", { tokens: [tokens, ["B", rows * columns, "patch^2 C"]] });
  const [batch] = tokens.shape;
  checkMultiples("unpatchify", "patch^2", patch * patch, { "the size of a token": tokens.shape[2] });
  const channels = tokens.shape[2] / (patch * patch);
  const cut = reshape(tokens, [batch, rows, columns, patch, patch, channels]);
  return reshape(transpose(cut, [0, 5, 1, 3, 2, 4]), [batch, channels, height, width]);
}

/**
 * Moves patches into channels. x: [B, C, H, W] -> [B, C * block^2, H / block, W / block].
 *
 * @throws InputError if x is no array [B, C, H, W], or `block` does not divide H and W
 * @example
 * const coarse = spaceToDepth(x, 2); // [8, 1, 28, 28] -> [8, 4, 14, 14]
 */
export function spaceToDepth(x: NDArray, block: number): NDArray {
  checkShapes("spaceToDepth", { x: [x, ["B", "C", "H", "W"]] });
  const [batch, channels, height, width] = x.shape;
  checkMultiples("spaceToDepth", "block", block, { H: height, W: width });
  if (block === 1) return x;
  const [rows, columns] = [height / block, width / block];
  const cut = reshape(x, [batch, channels, rows, block, columns, block]);
  return reshape(transpose(cut, [0, 1, 3, 5, 2, 4]), [batch, channels * block * block, rows, columns]);
}

/**
 * The inverse of `spaceToDepth`. x: [B, C * block^2, h, w] -> [B, C, h * block, w * block].
 *
 * @throws InputError if x is no array of that shape, or `block`^2 does not divide its number of channels
 * @example
 * const back = depthToSpace(spaceToDepth(x, 2), 2); // x
 */
export function depthToSpace(x: NDArray, block: number): NDArray {
  checkArgument("depthToSpace", "block", block, positiveInteger);
  checkShapes("depthToSpace", { x: [x, ["B", "C block^2", "H", "W"]] });
  const [batch, depth, rows, columns] = x.shape;
  checkMultiples("depthToSpace", "block^2", block * block, { "the number of channels": depth });
  if (block === 1) return x;
  const channels = depth / (block * block);
  const cut = reshape(x, [batch, channels, block, block, rows, columns]);
  return reshape(transpose(cut, [0, 1, 4, 2, 5, 3]), [batch, channels, rows * block, columns * block]);
}
