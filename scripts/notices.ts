// The licence texts of everything in the bundles, as their licences ask: dist/THIRD_PARTY_NOTICES.txt.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What is read of esbuild's report: for each output, the files that are in it. */
export interface BundleReport {
  readonly outputs: Readonly<Record<string, BundledFile>>;
}

/** One file of a bundle: the sources in it and the files it imports. */
export interface BundledFile {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly imports?: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[];
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** Packages that publish no licence file of their own: the file of their makers that has it, with the same licence and holder. */
const licencesElsewhere: Readonly<Record<string, string>> = {
  '@microsoft/fast-element': 'node_modules/@vscode/webview-ui-toolkit/LICENSE',
  '@microsoft/fast-foundation': 'node_modules/@vscode/webview-ui-toolkit/LICENSE',
  '@microsoft/fast-web-utilities': 'node_modules/@vscode/webview-ui-toolkit/LICENSE',
};

/** The folders of the packages that have a file in a bundle, relative to the root, sorted. */
export function bundledPackages(reports: readonly BundleReport[]): readonly string[] {
  const folders = reports
    .flatMap(({ outputs }) => Object.values(outputs))
    .flatMap(({ inputs }) => Object.keys(inputs))
    .map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0])
    .filter((folder) => folder !== undefined);
  return [...new Set(folders)].sort();
}

/** All licence texts, package by package; throws with the names of the packages that have none. */
export function noticesOf(root: string, reports: readonly BundleReport[]): string {
  const without: string[] = [];
  const parts = bundledPackages(reports).map((folder) => {
    const full = path.join(root, folder);
    const { name, version, license } = JSON.parse(
      readFileSync(path.join(full, 'package.json'), 'utf8'),
    ) as Manifest;
    const files = readdirSync(full)
      .filter((file) => /^(licen[cs]e|notice|copying|copyrightnotice)/i.test(file))
      .sort();
    const elsewhere = licencesElsewhere[name];
    if (!files.some((file) => /^(licen[cs]e|copying)/i.test(file)) && elsewhere === undefined)
      without.push(`${name} ${version}`);
    const texts = [
      ...files.map((file) => path.join(full, file)),
      ...(elsewhere ? [path.join(root, elsewhere)] : []),
    ];
    return [`${name} ${version} (${license})`, ...texts.map(textOf)].join('\n\n');
  });
  if (without.length > 0)
    throw new Error(`no licence text was found for: ${without.join(', ')}; nothing without one is shipped`);
  return `${[...parts, dataNotice(root)].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

/** The table of characters that look alike, which is data and no package. */
function dataNotice(root: string): string {
  const { source } = JSON.parse(readFileSync(path.join(root, 'src/core/confusables.json'), 'utf8')) as {
    readonly source: string;
  };
  return `Characters that look alike\n\n${source}`;
}

function textOf(file: string): string {
  const text = readFileSync(file, 'utf8').trim();
  if (text === '') throw new Error(`${file} is empty`);
  return text;
}
