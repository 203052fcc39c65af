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
  readonly order?: number;
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
    readonly walkthroughs: readonly {
      readonly id: string;
      readonly steps: readonly {
        readonly id: string;
        readonly description: string;
        readonly media: { readonly svg: string; readonly altText: string };
        readonly completionEvents: readonly string[];
      }[];
    }[];
    readonly configuration: readonly {
      readonly title: string;
      readonly order: number;
      readonly properties: Readonly<Record<string, Setting>>;
    }[];
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
const allSettings = contributes.configuration.flatMap(({ properties }) => Object.entries(properties));
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
    sorted(new Set(contributes.viewsWelcome.map(({ view }) => view))),
    sorted(Object.values(own)),
    'every view says something when it is empty',
  );
});

test('settings in the manifest and in the code are the same', () => {
  assert.deepEqual(
    sorted(allSettings.map(([name]) => name)),
    sorted(Object.values(settings).map((name) => `mcpSwitchboard.${name}`)),
  );
});

test('no setting can be set by a workspace, and each is described and has a default', () => {
  for (const [name, setting] of allSettings) {
    assert.equal(setting.scope, 'application', name);
    assert.notEqual(setting.default, undefined, name);
    assert.match(setting.markdownDescription ?? '', /^%.+%$/, name);
  }
});

test('settings stand in titled groups, each group and each setting at its place', () => {
  const { configuration } = contributes;
  assert.deepEqual(
    configuration.map(({ order }) => order),
    configuration.map((_group, index) => index + 1),
  );
  for (const { title, properties } of configuration) {
    assert.match(title, /^%config\.\w+%$/);
    const orders = Object.values(properties).map(({ order }) => order);
    assert.deepEqual(
      orders,
      orders.map((_order, index) => index + 1),
      title,
    );
  }
});

test('a welcome text has one button and says where it leads', () => {
  for (const { contents } of contributes.viewsWelcome) {
    const lines = (nls[contents.slice(1, -1)] ?? '').split('\n');
    const buttons = lines.filter((line) => /^\[[^\]]+\]\(command:[\w.]+\)$/.test(line));
    assert.ok(buttons.length <= 1, contents);
  }
  for (const view of Object.values(views).filter((id) => id !== views.container)) {
    const texts = contributes.viewsWelcome
      .filter((welcome) => welcome.view === view)
      .map(({ contents }) => nls[contents.slice(1, -1)] ?? '');
    assert.ok(
      texts.some((text) => /^\[[^\]]+\]\(command:mcpSwitchboard\.\w+\)$/m.test(text)),
      view,
    );
  }
});

test('each of the five steps of the walkthrough has a picture, a button that does it and ends when it was done', () => {
  const [walkthrough, ...more] = contributes.walkthroughs;
  assert.ok(walkthrough && more.length === 0);
  assert.equal(walkthrough.steps.length, 5);
  const known = new Set<string>([...Object.values(commands), ...Object.values(contextKeys)]);
  for (const { id, description, media, completionEvents } of walkthrough.steps) {
    const picture = readFileSync(path.join(root, media.svg), 'utf8');
    assert.match(picture, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 560 400"/, id);
    assert.doesNotMatch(picture, /<script|<image|href=|on\w+=|<style/, id);
    assert.ok(picture.length < 8_000, id);
    assert.match(media.altText, /^%walkthrough\.\w+\.alt%$/);
    assert.match(nls[description.slice(1, -1)] ?? '', /^\[[^\]]+\]\(command:mcpSwitchboard\.\w+\)$/m, id);
    assert.ok(completionEvents.length > 0, id);
    for (const event of completionEvents)
      assert.ok(known.has(/^on(?:Command|Context):(.+)$/.exec(event)?.[1] ?? ''), event);
  }
});

test('keys that work everywhere are chords', () => {
  for (const binding of contributes.keybindings as readonly (MenuItem & { key: string; mac: string })[]) {
    if (binding.when !== undefined) continue;
    assert.match(binding.key, /^ctrl\+k shift\+[a-z]$/, binding.command);
    assert.equal(binding.mac, binding.key.replace('ctrl', 'cmd'), binding.command);
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
