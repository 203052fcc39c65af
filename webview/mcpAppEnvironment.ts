import type { AppEnvironment } from '../src/shared/mcpAppMessages.ts';

// The extension's variables (MCP Apps 2026-01-26, Theming) and the editor's that come nearest; the first that the theme has counts.
const colours: Readonly<Record<string, readonly string[]>> = {
  '--color-background-primary': ['editor-background'],
  '--color-background-secondary': ['sideBar-background', 'editorWidget-background'],
  '--color-background-tertiary': ['editorWidget-background', 'input-background'],
  '--color-background-inverse': ['button-background', 'contrastBorder'],
  '--color-background-ghost': ['editor-background'],
  '--color-background-info': ['inputValidation-infoBackground', 'editor-background'],
  '--color-background-danger': ['inputValidation-errorBackground', 'editor-background'],
  '--color-background-success': ['diffEditor-insertedLineBackground', 'editor-background'],
  '--color-background-warning': ['inputValidation-warningBackground', 'editor-background'],
  '--color-background-disabled': ['input-background', 'editor-background'],
  '--color-text-primary': ['foreground', 'editor-foreground'],
  '--color-text-secondary': ['descriptionForeground', 'foreground'],
  '--color-text-tertiary': ['descriptionForeground', 'foreground'],
  '--color-text-inverse': ['button-foreground', 'editor-background'],
  '--color-text-ghost': ['descriptionForeground', 'foreground'],
  '--color-text-info': ['textLink-foreground', 'foreground'],
  '--color-text-danger': ['errorForeground', 'foreground'],
  '--color-text-success': ['testing-iconPassed', 'charts-green', 'foreground'],
  '--color-text-warning': ['editorWarning-foreground', 'foreground'],
  '--color-text-disabled': ['disabledForeground', 'descriptionForeground'],
  '--color-border-primary': ['contrastBorder', 'panel-border', 'widget-border'],
  '--color-border-secondary': ['contrastBorder', 'widget-border', 'panel-border'],
  '--color-border-tertiary': ['contrastBorder', 'widget-border', 'panel-border'],
  '--color-border-inverse': ['focusBorder'],
  '--color-border-info': ['inputValidation-infoBorder', 'focusBorder'],
  '--color-border-danger': ['inputValidation-errorBorder', 'errorForeground'],
  '--color-border-success': ['testing-iconPassed', 'focusBorder'],
  '--color-border-warning': ['inputValidation-warningBorder', 'editorWarning-foreground'],
  '--color-border-disabled': ['contrastBorder', 'panel-border', 'widget-border'],
  '--color-ring-primary': ['focusBorder'],
  '--color-ring-secondary': ['focusBorder'],
  '--color-ring-inverse': ['focusBorder'],
  '--color-ring-info': ['focusBorder'],
  '--color-ring-danger': ['inputValidation-errorBorder', 'focusBorder'],
  '--color-ring-success': ['testing-iconPassed', 'focusBorder'],
  '--color-ring-warning': ['inputValidation-warningBorder', 'focusBorder'],
  '--font-sans': ['font-family'],
  '--font-mono': ['editor-font-family'],
};
const fixed: Readonly<Record<string, string>> = {
  '--border-radius-xs': '2px',
  '--border-radius-sm': '3px',
  '--border-radius-md': '4px',
  '--border-radius-lg': '6px',
  '--border-radius-xl': '8px',
  '--border-radius-full': '9999px',
  '--border-width-regular': '1px',
  '--color-border-ghost': 'transparent',
  '--font-weight-normal': '400',
  '--font-weight-medium': '500',
  '--font-weight-semibold': '600',
  '--font-weight-bold': '700',
};
// Sizes of text as multiples of the editor's own, and how high their lines are.
const texts: Readonly<Record<string, number>> = { xs: 0.85, sm: 0.92, md: 1, lg: 1.15 };
const headings: Readonly<Record<string, number>> = {
  ...{ xs: 1, sm: 1.1, md: 1.25, lg: 1.5, xl: 1.75 },
  ...{ '2xl': 2, '3xl': 2.5 },
};
const shadows: Readonly<Record<string, string>> = { sm: '0 1px 2px', md: '0 2px 8px', lg: '0 4px 16px' };
const usualSize = 13; // CSS pixels

/** Where an app is shown: the editor's colours in the extension's names, and the room there is for it, in CSS pixels. */
export function readEnvironment(width: number, maxHeight: number): AppEnvironment {
  const style = getComputedStyle(document.documentElement);
  const variables: Record<string, string> = { ...fixed, ...typeOf(style), ...shadowsOf(style) };
  for (const [name, candidates] of Object.entries(colours)) {
    const value = candidates
      .map((candidate) => style.getPropertyValue(`--vscode-${candidate}`).trim())
      .find((found) => found !== '' && found.length <= 300);
    if (value !== undefined) variables[name] = value;
  }
  return {
    theme: isLight() ? 'light' : 'dark',
    variables,
    width,
    maxHeight,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    hasTouch: matchMedia('(any-pointer: coarse)').matches,
    hasHover: matchMedia('(any-hover: hover)').matches,
  };
}

function typeOf(style: CSSStyleDeclaration): Readonly<Record<string, string>> {
  const base = Number.parseFloat(style.getPropertyValue('--vscode-font-size')) || usualSize;
  const found: Record<string, string> = {};
  const add = (kind: string, sizes: Readonly<Record<string, number>>, lineHeight: string) => {
    for (const [name, factor] of Object.entries(sizes)) {
      found[`--font-${kind}-${name}-size`] = `${Math.round(base * factor)}px`;
      found[`--font-${kind}-${name}-line-height`] = lineHeight;
    }
  };
  add('text', texts, '1.45');
  add('heading', headings, '1.25');
  return found;
}

/** A theme without shadows, as those of high contrast, has lines instead. */
function shadowsOf(style: CSSStyleDeclaration): Readonly<Record<string, string>> {
  const colour = style.getPropertyValue('--vscode-widget-shadow').trim();
  const found: Record<string, string> = {
    '--shadow-hairline': '0 0 0 1px var(--color-border-primary, transparent)',
  };
  for (const [name, place] of Object.entries(shadows))
    found[`--shadow-${name}`] = colour === '' || colour.length > 200 ? 'none' : `${place} ${colour}`;
  return found;
}

function isLight(): boolean {
  const { classList } = document.body;
  return classList.contains('vscode-light') || classList.contains('vscode-high-contrast-light');
}
