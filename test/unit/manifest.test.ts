import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { l10nBundle, textsIn } from '../../scripts/l10n.ts';
import { commands, contextKeys, schemes, settings, views } from '../../src/shared/ids.ts';

const root = path.join(import.meta.dirname, '../..');
const json = (file: string) => JSON.parse(readFileSync(path.join(root, file), 'utf8'));

interface MenuItem {
  readonly command: string;
  readonly when?: string;
}
interface Setting {
  readonly scope?: string;
  readonly default?: unknown;
  readonly markdownDescription?: string;
}
const manifest = json('package.json') as {
  readonly icon: string;
  readonly engines: { readonly vscode: string };
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly activationEvents: readonly string[];
  readonly capabilities: {
    readonly untrustedWorkspaces: { readonly supported: unknown };
    readonly virtualWorkspaces: { readonly supported: unknown };
  };
  readonly contributes: {
    readonly commands: readonly {
      readonly command: string;
      readonly title: string;
      readonly category?: string;
      readonly icon?: string;
    }[];
    readonly menus: Readonly<Record<string, readonly MenuItem[]>>;
    readonly keybindings: readonly MenuItem[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly viewsContainers: {
      readonly activitybar: readonly { readonly id: string; readonly icon: string }[];
    };
    readonly viewsWelcome: readonly { readonly view: string; readonly contents: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
    readonly languages: readonly {
      readonly id: string;
      readonly extensions?: readonly string[];
      readonly configuration?: string;
    }[];
    readonly jsonValidation: readonly { readonly url: string }[];
    readonly grammars: readonly { readonly path: string }[];
    readonly configurationDefaults: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
};
const { contributes } = manifest;
const nls = json('package.nls.json') as Readonly<Record<string, string>>;
const sorted = (items: Iterable<string>) => [...items].sort();

test('commands in the manifest and in the code are the same', () => {
  assert.deepEqual(
    sorted(contributes.commands.map(({ command }) => command)),
    sorted(Object.values(commands)),
  );
});

test('views in the manifest and in the code are the same', () => {
  const { container, ...own } = views;
  assert.deepEqual(
    sorted((contributes.views[container] ?? []).map(({ id }) => id)),
    sorted(Object.values(own)),
  );
  assert.deepEqual(
    contributes.viewsContainers.activitybar.map(({ id }) => id),
    [container],
  );
  assert.deepEqual(
    sorted(contributes.viewsWelcome.map(({ view }) => view)),
    sorted(Object.values(own)),
    'every view says something when it is empty',
  );
});

test('settings in the manifest and in the code are the same', () => {
  assert.deepEqual(
    sorted(Object.keys(contributes.configuration.properties)),
    sorted(Object.values(settings).map((name) => `mcpSwitchboard.${name}`)),
  );
});

test('no setting can be set by a workspace, and each is described and has a default', () => {
  for (const [name, setting] of Object.entries(contributes.configuration.properties)) {
    assert.equal(setting.scope, 'application', name);
    assert.notEqual(setting.default, undefined, name);
    assert.match(setting.markdownDescription ?? '', /^%.+%$/, name);
  }
});

test('every command has a translated title and our category', () => {
  for (const { command, title, category } of contributes.commands) {
    assert.equal(title, `%command.${command.replace('mcpSwitchboard.', '')}%`);
    assert.equal(category, 'MCP Switchboard', command);
  }
});

test('every text of the manifest is in the table, and the table has no other', () => {
  const used = [...JSON.stringify(manifest).matchAll(/"%([^"%]+)%"/g)].map(([, key]) => key ?? '');
  assert.deepEqual(sorted(new Set(used)), sorted(Object.keys(nls)));
  for (const [key, text] of Object.entries(nls)) assert.ok(text.trim() !== '', key);
});

test('commands that need a row or a document are kept out of the palette without one', () => {
  const palette = new Map(
    (contributes.menus['commandPalette'] ?? []).map(({ command, when }) => [command, when]),
  );
  for (const command of [
    commands.enableTool,
    commands.disableTool,
    commands.copyName,
    commands.openResource,
  ]) {
    assert.equal(palette.get(command), 'false', command);
  }
  for (const command of [
    commands.allowOnce,
    commands.allowSession,
    commands.allowAlways,
    commands.deny,
    commands.denyWithReason,
    commands.diffArguments,
    commands.openDefinition,
  ]) {
    assert.equal(palette.get(command), contextKeys.isApproval, command);
  }
});

test('no row of a list can allow a call: that takes its document', () => {
  const allowing: string[] = [commands.allowOnce, commands.allowSession, commands.allowAlways];
  for (const [menu, items] of Object.entries(contributes.menus)) {
    for (const { command, when } of items) {
      if (!allowing.includes(command) || menu === 'commandPalette') continue;
      assert.equal(menu, 'editor/title');
      assert.equal(when, `resourceScheme == ${schemes.approval}`);
    }
  }
  for (const { command, when } of contributes.keybindings) {
    if (allowing.includes(command))
      assert.ok(
        when?.startsWith(`${contextKeys.isApproval} && ${contextKeys.canDecide} && editorTextFocus`),
        command,
      );
  }
});

test('menus, keys and welcome texts name only commands, views and context keys that exist', () => {
  const known = new Set<string>([
    ...Object.values(commands),
    ...Object.values(views),
    ...Object.values(contextKeys),
  ]);
  const items = [...Object.values(contributes.menus).flat(), ...contributes.keybindings];
  for (const { command } of items) assert.ok(known.has(command), command);
  const texts = [...items.map(({ when }) => when ?? ''), ...Object.values(nls)];
  for (const [name] of texts.join(' ').matchAll(/mcpSwitchboard\.\w+/g)) assert.ok(known.has(name), name);
});

test('inline actions have icons', () => {
  const icons = new Map(contributes.commands.map(({ command, icon }) => [command, icon]));
  for (const item of Object.values(contributes.menus).flat() as (MenuItem & { group?: string })[]) {
    if (/^(inline|navigation)/.test(item.group ?? ''))
      assert.match(icons.get(item.command) ?? '', /^\$\([a-z-]+\)$/, item.command);
  }
});

test('the extension wakes up for its documents and its dashboard', () => {
  for (const scheme of Object.values(schemes))
    assert.ok(manifest.activationEvents.includes(`onFileSystem:${scheme}`), scheme);
  assert.ok(manifest.activationEvents.includes('onWebviewPanel:mcpSwitchboard.dashboard'));
});

test('an untrusted workspace limits the extension, a virtual one cannot run it', () => {
  assert.equal(manifest.capabilities.untrustedWorkspaces.supported, 'limited');
  assert.equal(manifest.capabilities.virtualWorkspaces.supported, false);
});

test('our documents save themselves, so that closing one asks nothing', () => {
  const [language] = contributes.languages;
  assert.deepEqual(language?.extensions, ['.mcpjson']);
  const defaults = contributes.configurationDefaults[`[${language?.id}]`];
  assert.equal(defaults?.['files.autoSave'], 'afterDelay');
  assert.ok(
    Number(defaults?.['files.autoSaveDelay']) <= 1000,
    'VS Code asks before closing when the delay is longer',
  );
});

test('every file that the manifest names exists', () => {
  const files = [
    manifest.icon,
    ...contributes.viewsContainers.activitybar.map(({ icon }) => icon),
    ...contributes.languages.flatMap(({ configuration }) => configuration ?? []),
    ...contributes.jsonValidation.map(({ url }) => url),
    ...contributes.grammars.map((grammar) => grammar.path),
  ];
  for (const file of files) assert.ok(existsSync(path.join(root, file)), file);
});

test('the API we compile against is that of the oldest VS Code we run in', () => {
  assert.equal(manifest.engines.vscode, `^${manifest.devDependencies['@types/vscode']}`);
});

test('the table for translators is up to date: run `node scripts/l10n.ts` when it is not', () => {
  const [written, now] = [Object.keys(json('l10n/bundle.l10n.json')), Object.keys(l10nBundle())];
  assert.deepEqual(
    now.filter((text) => !written.includes(text)),
    [],
    'missing',
  );
  assert.deepEqual(
    written.filter((text) => !now.includes(text)),
    [],
    'no longer used',
  );
});

test('a text that cannot be translated because it is put together at run time is found', () => {
  assert.deepEqual(textsIn('x.ts', "l10n.t('a {0}', b); t(`c`); other.set('d')"), ['a {0}', 'c']);
  assert.throws(() => textsIn('x.ts', 'l10n.t(`a ${b}`)'), /must be a literal/);
});
