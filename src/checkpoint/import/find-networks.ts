import { InputError } from "../../errors.js";
import { quoted, quotedList } from "../../quoted-text.js";
import { type CheckpointSource } from "./source.js";
import { type StateDict } from "./source-tensor.js";

/** A tensor that identifies each network, wherever it is in a file. */
const signatures = {
  flowMap: "x_embedder.proj.weight",
  adapter: "class_embed.0.weight",
  autoencoder: "encoder.conv_in.weight",
} as const;

/** A network that a published file may contain. */
export type PublishedNetwork = keyof typeof signatures;

/**
 * The weights of a network in a file, with the prefix of the names of its tensors, such as "ema." or
 * "state_dict.model.".
 */
export interface FoundWeights {
  prefix: string;
  /** Their name in messages. */
  name: string;
  /** Whether they are moving averages. */
  averaged: boolean;
}

// No published file has more weights of one network.
const mostWeights = 64;

/** The weights of a network in a file, those with the shortest prefixes first. */
export function weightsOf(
  { tensors, path }: Pick<CheckpointSource, "tensors" | "path">,
  network: PublishedNetwork,
): FoundWeights[] {
  const signature = signatures[network];
  const found: FoundWeights[] = [];
  for (const name of tensors.keys()) {
    if (name !== signature && !name.endsWith(`.${signature}`)) continue;
    const prefix = name.slice(0, -signature.length);
    found.push({ prefix, name: prefix.slice(0, -1), averaged: isAverage(prefix) });
    if (found.length > mostWeights)
      throw new InputError(`${path} holds too many networks: it is not a published checkpoint`);
  }
  return found.sort((a, b) => a.prefix.length - b.prefix.length);
}

// "ema", "model_ema", "ema_state_dict", "EMACallback.state_dict", "averaged_model", "shadow"; not the model beside an
// average.
function isAverage(prefix: string): boolean {
  return (
    /(?:^|[^a-z])ema(?:[^a-z]|$)|averaged|shadow/i.test(prefix.replaceAll("EMA", "_ema_")) && !prefix.includes("online")
  );
}

/** The tensors of weights by their names without the prefix. Tensors of other networks in the file are left out. */
export function tensorsOf(file: Pick<CheckpointSource, "tensors" | "path">, { prefix }: FoundWeights): StateDict {
  const others = (Object.keys(signatures) as PublishedNetwork[])
    .flatMap((network) => weightsOf(file, network))
    .map((weights) => weights.prefix)
    .filter((other) => other.length > prefix.length && other.startsWith(prefix));
  return new Map(
    [...file.tensors]
      .filter(([name]) => name.startsWith(prefix) && !others.some((other) => name.startsWith(other)))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}

/** The chosen weights, and a line that reports the choice if the file leaves one. */
export interface ChosenWeights {
  weights: FoundWeights;
  assumptions: string[];
}

/**
 * Chooses the weights of a flow map: the moving averages if the file has them, unless others are named.
 *
 * @param wanted "ema", the moving averages; "model", the trained weights; or a name in the file
 * @throws InputError listing the weights of the file if it has none of these
 */
export function chooseFlowMap(file: CheckpointSource, wanted: string | undefined): ChosenWeights {
  const { path, tensors } = file;
  const found = weightsOf(file, "flowMap");
  if (found.length === 0) {
    const tops = [...new Set([...tensors.keys()].map((name) => name.split(".")[0]))];
    throw new InputError(
      `${path} holds no published flow map: it has no tensor ${signatures.flowMap}` +
        (tops.length === 0 ? ", nor any other" : `, only ${quotedList(tops)}`),
    );
  }
  const averages = found.filter(({ averaged }) => averaged);
  const trained = found.filter(({ averaged }) => !averaged);
  const named = found.filter(({ name }) => name === wanted);
  const fitting =
    named.length > 0
      ? named
      : wanted === "ema"
        ? averages
        : wanted === "model"
          ? trained
          : wanted === undefined
            ? [...averages, ...trained]
            : [];
  if (fitting.length === 0)
    throw new InputError(
      `${path} has no weights "${quoted(wanted ?? "")}": it has ${quotedList(found.map(shownName))}; name one with --weights`,
    );
  const [weights] = fitting;
  const others = fitting.filter(({ averaged }) => averaged === weights.averaged).slice(1);
  return {
    weights,
    assumptions: [
      ...(wanted === undefined && !weights.averaged
        ? [`weights ${shownName(weights)}: there are no moving averages`]
        : []),
      ...(others.length > 0
        ? [`weights ${shownName(weights)}, not ${quotedList(others.map(shownName))}; choose with --weights`]
        : []),
    ],
  };
}

/** The adapter that belongs to a flow map: moving averages if the flow map's are, and if there are any. */
export function chooseAdapter(file: CheckpointSource, flowMap: FoundWeights): ChosenWeights | undefined {
  const found = weightsOf(file, "adapter");
  const [same] = found.filter(({ averaged }) => averaged === flowMap.averaged);
  const weights = same ?? found.at(0);
  if (weights === undefined) return undefined;
  return { weights, assumptions: same === undefined ? [`adapter ${shownName(weights)}: there is no other`] : [] };
}

function shownName({ name }: FoundWeights): string {
  return name === "" ? "the file's own" : quoted(name);
}
