import assert from 'node:assert/strict';
import { test } from 'node:test';
import { McpUiHostContextSchema } from '@modelcontextprotocol/ext-apps/app-bridge';
import type { AppEnvironment } from '../../../src/shared/mcpAppMessages.ts';
import { appContext } from '../../../src/vscode/mcpAppContext.ts';
import { fakeTool } from '../../fakes/doorBed.ts';

const environment: AppEnvironment = {
  theme: 'dark',
  variables: { '--color-text-primary': '#cccccc', '--font-text-md-size': '13px' },
  width: 800,
  maxHeight: 600,
  timeZone: 'Europe/Berlin',
  hasTouch: false,
  hasHover: true,
};
const editor = { language: 'de', version: '1.2.3', isWeb: false };

test('an app is told where it is shown, in the words of the extension', () => {
  const tool = fakeTool('get-time');
  const context = appContext(tool, environment, editor);
  assert.equal(McpUiHostContextSchema.safeParse(context).success, true);
  assert.deepEqual(context, {
    toolInfo: { tool: tool.raw },
    theme: 'dark',
    styles: { variables: environment.variables },
    displayMode: 'inline',
    availableDisplayModes: ['inline'],
    containerDimensions: { width: 800, maxHeight: 600 },
    locale: 'de',
    timeZone: 'Europe/Berlin',
    userAgent: 'mcp-switchboard/1.2.3',
    platform: 'desktop',
    deviceCapabilities: { touch: false, hover: true },
  });
});

test('an app learns when the editor is in a browser', () => {
  assert.equal(appContext(fakeTool('a'), environment, { ...editor, isWeb: true })['platform'], 'web');
});
