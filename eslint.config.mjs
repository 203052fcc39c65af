import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

// The same form and text model in host and webview, so that both show and build the same.
const webviewModels = ['core/forms/', 'core/json.ts', 'core/shown.ts', 'core/util/text.ts'];

/**
 * Which folder may import what; docs/architecture.md tells why. `folders`: ours, at run time; `types`: ours, as types only;
 * `packages`: from npm, Node or VS Code, by the start of the name; `models`: parts of `types` that hold pure models and may be
 * imported at run time. A folder may always import itself.
 * @type {Record<string, {folders?: string[], types?: string[], models?: string[], packages: string[]}>}
 */
const layers = {
  'src/core': { packages: ['jsonc-parser'] }, // a pure parser: text in, tree out
  'src/shared': { types: ['core'], packages: ['zod'] },
  'src/node': {
    folders: ['core'],
    packages: [
      'node:',
      '@modelcontextprotocol/client',
      '@modelcontextprotocol/core',
      '@modelcontextprotocol/ext-apps',
      '@modelcontextprotocol/server',
      'cross-spawn',
      'ajv',
      'yauzl',
      'tldts',
      'jsonc-parser',
      'zod',
    ],
  },
  'src/vscode': { folders: ['core', 'shared'], packages: ['vscode', 'jsonc-parser'] },
  webview: {
    folders: ['components'],
    types: ['core', 'shared'],
    models: webviewModels,
    packages: ['lit-html'],
  },
  'webview/components': {
    types: ['core', 'shared'],
    models: webviewModels,
    packages: ['lit-html', '@vscode/webview-ui-toolkit'],
  },
};

const ourFolders = [
  'core',
  'shared',
  'node',
  'vscode',
  'app',
  'extension',
  'webview',
  'test',
  'scripts',
  'demo',
  'bench',
];

/** @param {string} folder */
function layer(folder) {
  const {
    folders = [],
    types = [],
    models = [],
    packages,
  } = /** @type {typeof layers[string]} */ (layers[folder]);
  const own = folder.split('/').pop() ?? folder;
  const closed = ourFolders.filter((name) => name !== own && !folders.includes(name));
  const notModels =
    models.length > 0 ? `(?!${models.map((name) => name.replaceAll('.', '\\.')).join('|')})` : '';
  const relative = (/** @type {string[]} */ names, except = '') =>
    `^(?:\\./)?(?:\\.\\./)+(?:src/)?${except}(?:${names.join('|')})(?:/|\\.ts$)`;
  const patterns = [
    {
      regex: relative(closed.filter((name) => !types.includes(name))),
      message: `${folder} may not see this folder (docs/architecture.md).`,
    },
    {
      regex: `^(?!\\.|${packages.map((name) => name.replaceAll('/', '\\/')).join('|') || '\\.'})`,
      message: `${folder} may not import this package (docs/architecture.md).`,
    },
  ];
  if (types.length > 0) {
    patterns.push({
      regex: relative(types, notModels),
      message: `${folder} may import this as types only (docs/architecture.md).`,
      ...{ allowTypeImports: true },
    });
  }
  return {
    files: [`${folder}/**/*.ts`],
    rules: { '@typescript-eslint/no-restricted-imports': restricted(patterns) },
  };
}

/**
 * @param {object[]} patterns
 * @returns {import('eslint').Linter.RuleEntry}
 */
function restricted(patterns) {
  return ['error', { patterns }];
}

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name: one name for one thing everywhere.',
};
const noDynamicImport = {
  selector: 'ImportExpression',
  message: 'A dynamic import would slip past the layer table.',
};
const oneDoorToTheUser = [
  {
    selector: "MemberExpression[property.name='showErrorMessage']",
    message: 'Throw an AppError; runAction decides who sees it.',
  },
  {
    selector: 'MemberExpression[property.name=/^register(TextEditor)?Command$/]',
    message: 'Register through src/vscode/commands.ts.',
  },
  {
    selector: "CallExpression[callee.property.name='executeCommand'] > Literal[value='setContext']",
    message: 'Set context keys through src/vscode/commands.ts.',
  },
];
const timeIsAPort = [
  {
    selector:
      "MemberExpression[object.name='Date'][property.name='now'], NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Core asks the Clock port for the time.',
  },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Core is given its chance by a port.',
  },
];
const notInCore = [
  ...['process', 'Buffer', 'require', 'global', '__dirname', '__filename', 'console', 'fetch', 'performance'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'],
];

/**
 * @param {{selector: string, message: string}[]} rest
 * @returns {import('eslint').Linter.RuleEntry}
 */
const syntax = (...rest) => ['error', noDefaultExport, ...rest];

export default defineConfig(
  globalIgnores([
    'dist/',
    'out/',
    '.tools/',
    'node_modules/',
    'test/fixtures/workspace/',
    'test/host/model/',
  ]),
  eslint.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // TypeScript knows which names exist.
      'no-undef': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': syntax(),
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', name: ['test', 'it', 'describe', 'suite'], package: 'node:test' },
          ],
        },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // An async function without await turns a throw into a rejection, which ports promise.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'no-console': 'error', 'no-restricted-syntax': syntax(...oneDoorToTheUser) },
  },
  {
    files: ['src/core/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...notInCore.map((name) => ({ name, message: 'Core is pure: use a port.' })),
      ],
      'no-restricted-syntax': syntax(...oneDoorToTheUser, ...timeIsAPort, noDynamicImport),
    },
  },
  { files: ['webview/**/*.ts'], rules: { 'no-restricted-syntax': syntax(noDynamicImport) } },
  {
    files: ['src/vscode/runAction.ts', 'src/vscode/commands.ts'],
    rules: { 'no-restricted-syntax': syntax() },
  },
  ...Object.keys(layers).map(layer),
  {
    files: ['src/extension.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': restricted([
        { regex: '^(?!\\./(?:app|start)\\.ts$|vscode$)', message: 'extension.ts sees only start.ts.' },
      ]),
    },
  },
  {
    // A wrong `!` or `any` in a test fails the test.
    files: ['test/**/*.ts'],
    rules: {
      'no-loss-of-precision': 'off',
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  { files: ['*.mjs'], rules: { 'no-restricted-syntax': 'off' } },
  {
    // JavaScript that runs before the tools are there; JSON it reads is untyped.
    files: ['**/*.mjs'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
