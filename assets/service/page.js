/* global document, fetch, FormData */

const form = document.querySelector("#form");
const status = document.querySelector("#status");
const field = (name) => form.elements.namedItem(name);

const authorization = () => (field("token").value === "" ? {} : { authorization: `Bearer ${field("token").value}` });

const asJson = async (response) => {
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
};

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

async function showModel() {
  const { models } = await asJson(await fetch("/v1/models", { headers: authorization() }));
  const [{ name, image, problems, limits }] = models;
  document.querySelector("#model").textContent =
    `Model ${name}: images of ${image.height} x ${image.width} pixels, ${image.channels === 1 ? "grey" : "colour"}.`;
  field("problem").replaceChildren(...problems.map((one) => element("option", { value: one.name }, one.name)));
  field("samples").max = limits.samples;
  field("steps").max = limits.steps;
}

async function showOperations() {
  const { paths } = await asJson(await fetch("/openapi.json"));
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { summary, responses }]) =>
      element(
        "tr",
        {},
        element("td", {}, element("code", {}, `${method.toUpperCase()} ${path}`)),
        element("td", {}, summary),
        element("td", {}, Object.keys(responses).join(", ")),
      ),
    ),
  );
  document.querySelector("#operations").replaceChildren(...rows);
}

async function sample() {
  const body = new FormData();
  for (const name of ["problem", "samples", "seed", "steps"]) body.append(name, field(name).value);
  body.append(field("kind").value, field("file").files[0]);
  const answer = await asJson(await fetch("/v1/samples", { method: "POST", headers: authorization(), body }));
  const picture = (png, text) =>
    element(
      "figure",
      {},
      element("img", { src: `data:image/png;base64,${png}`, alt: text }),
      element("figcaption", {}, text),
    );
  document
    .querySelector("#result")
    .replaceChildren(
      picture(answer.observation, "observation"),
      picture(answer.mean, "mean"),
      ...answer.images.map((png, i) => picture(png, `sample ${i + 1}`)),
    );
  return `${answer.samples} samples, ${answer.evaluations === 1 ? "one evaluation" : `${answer.evaluations} evaluations`} of the network each.`;
}

/** Shows the result of the work as a text, or what is wrong. */
const reporting = async (work) => {
  try {
    status.textContent = (await work()) ?? "";
  } catch (error) {
    status.textContent = error.message;
  }
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  status.textContent = "Sampling.";
  void reporting(sample);
});
field("token").addEventListener("change", () => void reporting(showModel));
void reporting(showModel);
void showOperations();
