import boundaries from "eslint-plugin-boundaries";
import { defineConfig, globalIgnores } from "eslint/config";
import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

// The floors of src/ and of studies/: each folder with the folders it may import. Only downwards, so there are no circles.
// Every folder may import src/errors.ts, src/options.ts, src/quoted-text.ts and src/schema.ts.
// `platform` is what Node and a browser do differently: its part for the one or the other is imported as #files, #runtime.
const compile = ["array", "compile"];
const study = [
  "array",
  "baselines",
  "data",
  "checkpoint",
  "evaluate",
  "operators",
  "report",
  "storage",
  "train",
  "vfm",
];
const floors = {
  metrics: [],
  array: [],
  platform: ["array"],
  compile: ["array", "platform"],
  storage: ["array", "platform"],
  data: ["array"],
  distributed: ["array"],
  "node/data": ["array", "data", "platform", "storage"],
  "node/mpi": ["distributed"],
  node: ["node/data", "node/mpi"],
  nn: compile,
  flow: compile,
  operators: [...compile, "data"],
  vfm: [...compile, "flow", "operators"],
  tiles: [...compile, "operators", "vfm"],
  models: [...compile, "nn", "flow", "operators", "vfm"],
  baselines: [...compile, "flow", "operators", "vfm"],
  checkpoint: [...compile, "data", "platform", "storage", "operators", "vfm", "models", "baselines"],
  train: [
    ...compile,
    "data",
    "node/data",
    "distributed",
    "storage",
    "flow",
    "operators",
    "vfm",
    "models",
    "checkpoint",
  ],
  classifier: [...compile, "data", "nn", "storage", "train"],
  cost: [...compile, "models", "checkpoint", "train"],
  evaluate: [...compile, "data", "metrics", "operators", "vfm", "baselines", "checkpoint", "train", "classifier"],
  restore: ["array", "storage"],
  report: ["array", "data", "node/data", "storage", "metrics", "operators", "evaluate"],
  serve: ["array", "compile", "platform", "storage", "data", "node/data", "operators", "vfm", "checkpoint", "report"],
  "studies/checkerboard": [...study, "compile", "flow", "metrics"],
  "studies/images": [...study, "classifier", "node/data", "platform"],
  "studies/linear-gaussian": ["evaluate"],
  public: [
    ...compile,
    "data",
    "node",
    "metrics",
    "nn",
    "flow",
    "operators",
    "vfm",
    "models",
    "baselines",
    "checkpoint",
    "train",
    "classifier",
    "storage",
    "distributed",
    "tiles",
  ],
  cli: [
    "array",
    "compile",
    "data",
    "metrics",
    "models",
    "distributed",
    "node/data",
    "node/mpi",
    "operators",
    "platform",
    "storage",
    "vfm",
    "checkpoint",
    "classifier",
    "cost",
    "evaluate",
    "report",
    "restore",
    "serve",
    "tiles",
    "train",
    "studies/checkerboard",
    "studies/images",
    "studies/linear-gaussian",
  ],
};

const placeOf = (folder) => (folder.startsWith("studies/") ? folder : `src/${folder}`);

// What a folder's index.ts does not show is the folder's own.
const privateFiles = {
  regex: `^(\\.\\./)+(?:src/)?(${Object.keys(floors).join("|")})/(?!([\\w-]+/)*index\\.js$)`,
  message: "Import another folder's index.js: what it does not export is private.",
};

// Folders whose own code runs in a browser as it does in Node.
export const isomorphicFolders = [
  "array",
  "baselines",
  "checkpoint",
  "classifier",
  "compile",
  "data",
  "distributed",
  "flow",
  "metrics",
  "models",
  "nn",
  "operators",
  "platform",
  "public",
  "storage",
  "tiles",
  "train",
  "vfm",
];
const nodeModules = {
  regex: "^(node:|koffi$|onnxruntime-node$|sharp$|yauzl$|(\\.\\./)+node/)",
  message: "This folder runs in a browser too: what needs files or native code belongs elsewhere.",
};

export default defineConfig(
  globalIgnores(["dist", "out", "runs", "coverage"]),
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // Parameter trees are type aliases: only those fit an index signature.
      "@typescript-eslint/consistent-type-definitions": "off",
      // Interfaces here are records of functions; none of them uses `this`.
      "@typescript-eslint/unbound-method": "off",
      // An index may miss, though the compiler's settings do not say so: a check for undefined is no mistake.
      "@typescript-eslint/no-unnecessary-condition": "off",
      // It asks for the non-null assertion that another rule forbids.
      "@typescript-eslint/non-nullable-type-assertion-style": "off",
      // A method may be async because its interface is.
      "@typescript-eslint/require-await": "off",
      // Names the caller's types in a signature that reads like the one it wraps.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      // Loops over an index stay next to the equation they compute.
      "@typescript-eslint/prefer-for-of": "off",
      "@typescript-eslint/consistent-indexed-object-style": "off",
      // A rejected file operation is known to be a NodeJS.ErrnoException.
      "@typescript-eslint/use-unknown-in-catch-callback-variable": "off",
    },
  },
  {
    files: ["src/**/*.ts", "studies/**/*.ts"],
    ignores: ["**/*.test.ts"],
    plugins: { boundaries },
    settings: {
      "import/resolver": { typescript: true },
      "boundaries/elements": [...Object.keys(floors).map((folder) => ({ type: folder, pattern: placeOf(folder) }))],
      "boundaries/files": [{ category: "ground", pattern: "src/{errors,options,quoted-text,schema}.ts" }],
    },
    rules: {
      "no-restricted-imports": ["error", { patterns: [privateFiles] }],
      "no-restricted-syntax": [
        "error",
        {
          selector: "CallExpression[callee.name=/^mkdir(Sync)?$/] Property[key.name='recursive']",
          message: "Use makeFolders of #files: Node's own way never ends where a folder cannot be made, as in /proc.",
        },
      ],
      "boundaries/dependencies": [
        "error",
        {
          default: "disallow",
          policies: [
            { allow: { to: { file: { categories: "ground" } } } },
            ...Object.entries(floors).map(([folder, below]) => ({
              from: { element: { type: folder } },
              allow: { to: { element: { types: { anyOf: [folder, ...below] } } } },
            })),
          ],
        },
      ],
    },
  },
  {
    files: isomorphicFolders.map((folder) => `src/${folder}/**/*.ts`),
    ignores: [
      "**/*.test.ts",
      "src/platform/node/**",
      "src/public/node.ts",
      "src/checkpoint/import/**",
      "src/train/configuration/**",
    ],
    rules: {
      "no-restricted-imports": ["error", { patterns: [privateFiles, nodeModules] }],
      "no-restricted-globals": ["error", "Buffer", "process", "require", "__dirname"],
    },
  },
  { files: ["**/*.js"], extends: [tseslint.configs.disableTypeChecked] },
);
