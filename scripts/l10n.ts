// Writes l10n/bundle.l10n.json, the table that translators start from: every text that the extension shows. What a translation lacks is printed.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { english } from '../webview/strings.ts';
import { root } from './processes.ts';

const folder = path.join(root, 'src/vscode');
const core = path.join(root, 'src/core');

/** The bundle of translatable texts, each mapped to itself, in alphabetical order. */
export function l10nBundle(): Readonly<Record<string, string>> {
  const texts = new Set<string>(Object.values(english));
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts'))) {
    for (const text of textsIn(file, readFileSync(path.join(folder, file), 'utf8'))) texts.add(text);
  }
  for (const file of readdirSync(core, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  ))
    for (const text of sayingsIn(readFileSync(path.join(core, file), 'utf8'))) texts.add(text);
  return Object.fromEntries([...texts].sort().map((text) => [text, text]));
}

function bundleText(): string {
  return `${JSON.stringify(l10nBundle(), undefined, 2)}\n`;
}

/** The first argument of every call of `t` or `l10n.t`; throws for one that is no literal, because no translation could be found for it. */
export function textsIn(file: string, source: string): readonly string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && isTranslate(node.expression)) {
      const [first] = node.arguments;
      if (first && ts.isStringLiteralLike(first)) texts.push(first.text);
      else if (!isPassedOn(file, first))
        throw new Error(`${file}: ${node.getText()}: the text must be a literal`);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true));
  return texts;
}

/** What the core says to people: every template that is tagged with `say`, with {0}, {1} … for its values. */
export function sayingsIn(source: string): readonly string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTaggedTemplateExpression(node) && ts.isIdentifier(node.tag) && node.tag.text === 'say') {
      const { template } = node;
      texts.push(
        ts.isTemplateExpression(template)
          ? template.templateSpans.reduce(
              (text, { literal }, index) => `${text}{${index}}${literal.text}`,
              template.head.text,
            )
          : template.text,
      );
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('core.ts', source, ts.ScriptTarget.Latest, true));
  return texts;
}

function isTranslate(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return callee.text === 't';
  return ts.isPropertyAccessExpression(callee) && callee.name.text === 't';
}

/** The texts of the webview and of the core are passed on as they come; both are in the bundle as a whole. */
function isPassedOn(file: string, argument: ts.Expression | undefined): boolean {
  const passesOn = file === 'dashboardPanel.ts' || file === 'speech.ts';
  return passesOn && argument !== undefined && ts.isIdentifier(argument);
}

/** Puts each translation in the order of the English texts, drops what is gone, and names what is missing. */
function settleTranslations(folder: string, name: RegExp, english: Readonly<Record<string, string>>): void {
  for (const file of readdirSync(folder).filter((one) => name.test(one))) {
    const place = path.join(folder, file);
    const known = JSON.parse(readFileSync(place, 'utf8')) as Readonly<Record<string, string>>;
    const settled = Object.entries(english).flatMap(([key]) =>
      known[key] === undefined ? [] : [[key, known[key]]],
    );
    writeFileSync(place, `${JSON.stringify(Object.fromEntries(settled), undefined, 2)}\n`);
    for (const key of Object.keys(english))
      if (known[key] === undefined)
        process.stdout.write(`${file} lacks ${JSON.stringify(key)}: ${english[key]}\n`);
  }
}

if (import.meta.main) {
  writeFileSync(path.join(root, 'l10n/bundle.l10n.json'), bundleText());
  settleTranslations(path.join(root, 'l10n'), /^bundle\.l10n\.[a-z-]+\.json$/, l10nBundle());
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.nls.json'), 'utf8')) as Record<
    string,
    string
  >;
  settleTranslations(root, /^package\.nls\.[a-z-]+\.json$/, manifest);
}
