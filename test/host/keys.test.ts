import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { extensions, Uri, workspace } from 'vscode';

interface Binding {
  readonly command: string;
  readonly key: string;
  readonly mac?: string;
  readonly when?: string;
}

describe('keys', () => {
  it('those that work everywhere are no default of VS Code, nor the beginning of one', async () => {
    const document = await workspace.openTextDocument(Uri.parse('vscode://defaultsettings/keybindings.json'));
    // A list with comments, one binding after the other.
    const bindings = [...document.getText().matchAll(/"key":\s*"([^"]+)"[\s\S]*?"command":\s*"([^"]+)"/g)];
    assert.ok(bindings.length > 500, `read ${bindings.length} bindings`);
    const others = bindings.flatMap(([, key = '', command = '']) =>
      command.startsWith('mcpSwitchboard.') ? [] : [{ key, command }],
    );
    const manifest = extensions.getExtension('mcp-switchboard.mcp-switchboard')?.packageJSON as {
      readonly contributes: { readonly keybindings: readonly Binding[] };
    };
    const ours = manifest.contributes.keybindings.filter(({ when }) => when === undefined);
    assert.equal(ours.length, 3);
    for (const { key, command } of ours)
      assert.deepEqual(
        others.filter((other) => other.key === key || other.key.startsWith(`${key} `)),
        [],
        command,
      );
  });
});
