// Builds what ships: dist/extension.cjs, which reads dist/start.mjs, and dist/webview.{js,css}.
//   --production   minified, no source maps, with the licences of what is bundled
//   --watch        rebuilds on change        --metafile   keeps esbuild's reports in out/meta
//   --host-tests   also bundles test/host for the extension host
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as esbuild from 'esbuild';
import { noticesOf } from './scripts/notices.ts';

const root = import.meta.dirname;
const dist = path.join(root, 'dist');
const { values: flags } = parseArgs({
  options: {
    production: { type: 'boolean', default: false },
    watch: { type: 'boolean', default: false },
    metafile: { type: 'boolean', default: false },
    'host-tests': { type: 'boolean', default: false },
  },
});

/** @type {esbuild.BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  metafile: true,
  logLevel: 'warning',
  legalComments: 'none',
  minify: flags.production,
  sourcemap: flags.production ? false : 'linked',
};

/** @type {esbuild.BuildOptions} */
const node = {
  platform: 'node',
  format: 'cjs',
  target: 'node22',
  // jsonc-parser's "main" hides its own files from the bundler.
  mainFields: ['module', 'main'],
};

/** @type {Record<string, () => esbuild.BuildOptions>} */
const bundles = {
  // What VS Code waits for is a file that only reads the next.
  extension: () => ({
    ...common,
    ...node,
    entryPoints: [{ in: source('src/extension.ts'), out: 'extension' }],
    outdir: dist,
    outExtension: { '.js': '.cjs' },
    external: ['vscode'],
    plugins: [readApart('./start.ts', './start.mjs')],
  }),
  // Parts that are imported with `import()` load when they are first needed.
  start: () => ({
    ...common,
    ...node,
    format: 'esm',
    splitting: true,
    entryPoints: [{ in: source('src/start.ts'), out: 'start' }],
    outdir: dist,
    outExtension: { '.js': '.mjs' },
    chunkNames: '[name]-[hash]',
    external: ['vscode'],
    // For the CommonJS packages among what is bundled.
    banner: {
      js: "import{createRequire as $createRequire}from'node:module';const require=$createRequire(import.meta.url);",
    },
  }),
  // For agents that only start commands; runs without an editor and is copied out of the extension's folder.
  gatewayStdio: () => ({
    ...common,
    ...node,
    target: 'node20',
    entryPoints: [{ in: source('src/node/gatewayStdio.ts'), out: 'gateway-stdio' }],
    outdir: dist,
    outExtension: { '.js': '.cjs' },
    sourcemap: false,
  }),
  webview: () => ({
    ...common,
    entryPoints: [
      { in: source('webview/main.ts'), out: 'webview' },
      { in: source('webview/main.css'), out: 'webview' },
      // The page around the app of a server shares nothing with the dashboard.
      { in: source('webview/mcpApp.ts'), out: 'mcpApp' },
      { in: source('webview/mcpApp.css'), out: 'mcpApp' },
    ],
    outdir: dist,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    loader: { '.ttf': 'file', '.svg': 'file' },
    assetNames: '[name]',
  }),
};

if (flags['host-tests']) {
  bundles['hostTests'] = () => ({
    ...common,
    ...node,
    minify: false,
    sourcemap: 'inline',
    stdin: { contents: hostTests(), resolveDir: path.join(root, 'test/host'), sourcefile: 'hostTests.cjs' },
    outfile: path.join(root, 'out/host/suite.cjs'),
    external: ['vscode', 'mocha'],
  });
}

/**
 * Leaves an import to another bundle.
 * @param {string} from
 * @param {string} to
 * @returns {esbuild.Plugin}
 */
function readApart(from, to) {
  const filter = new RegExp(`^${from.replaceAll('.', '\\.')}$`);
  return {
    name: 'read-apart',
    setup: (build) => build.onResolve({ filter }, () => ({ path: to, external: true })),
  };
}

/** The in-host suite as one module: the test files are loaded when mocha is ready for them. */
function hostTests() {
  const files = readdirSync(source('test/host'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .sort();
  const loads = files.map((file) => `require(${JSON.stringify(`./${file.replaceAll(path.sep, '/')}`)});`);
  return `const { runSuite } = require('./suite.ts');\nexports.run = () => runSuite(() => {\n${loads.join('\n')}\n});\n`;
}

/**
 * A source file's path; ends the build with a plain sentence when it is not there.
 * @param {string} file
 */
function source(file) {
  const full = path.join(root, file);
  if (existsSync(full)) return full;
  process.stderr.write(`esbuild.mjs: ${file} is missing, nothing was built.\n`);
  process.exit(1);
}

const options = Object.entries(bundles).map(([name, make]) => /** @type {const} */ ([name, make()]));

if (flags.watch) {
  for (const [, bundle] of options) {
    const context = await esbuild.context({ ...bundle, logLevel: 'info' });
    await context.watch();
  }
} else {
  rmSync(dist, { recursive: true, force: true });
  /** @type {esbuild.Metafile[]} */
  const shipped = [];
  for (const [name, bundle] of options) {
    const result = await esbuild.build(bundle).catch(() => process.exit(1));
    if (!result.metafile) continue;
    if (name !== 'hostTests') shipped.push(result.metafile);
    if (!flags.metafile) continue;
    mkdirSync(path.join(root, 'out/meta'), { recursive: true });
    writeFileSync(path.join(root, `out/meta/${name}.json`), JSON.stringify(result.metafile));
  }
  if (flags.production) writeFileSync(path.join(dist, 'THIRD_PARTY_NOTICES.txt'), noticesOf(root, shipped));
}
