import type { Tool } from '../core/connection.ts';
import type { JsonObject } from '../core/json.ts';
import type { AppEnvironment } from '../shared/mcpAppMessages.ts';

/** The editor that an app is shown in. */
export interface AppEditor {
  /** BCP 47. */
  readonly language: string;
  /** Ours. */
  readonly version: string;
  readonly isWeb: boolean;
}

/** What an app is told of where it is shown (`HostContext`, MCP Apps 2026-01-26): a tab is one place of one size, so there is no other display mode. */
export function appContext(
  tool: Pick<Tool, 'raw'>,
  { theme, variables, width, maxHeight, timeZone, hasTouch, hasHover }: AppEnvironment,
  { language, version, isWeb }: AppEditor,
): JsonObject {
  return {
    toolInfo: { tool: tool.raw },
    theme,
    styles: { variables },
    displayMode: 'inline',
    availableDisplayModes: ['inline'],
    containerDimensions: { width, maxHeight },
    locale: language,
    timeZone,
    userAgent: `mcp-switchboard/${version}`,
    platform: isWeb ? 'web' : 'desktop',
    deviceCapabilities: { touch: hasTouch, hover: hasHover },
  };
}
