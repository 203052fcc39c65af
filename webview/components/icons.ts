import { svg, html, type SVGTemplateResult, type TemplateResult } from 'lit-html';

// Own drawings on a 16 × 16 grid, lines of 1.2; they take the colour of the text around them.
const shapes = {
  circle: svg`<circle cx="8" cy="8" r="5.4" />`,
  filled: svg`<circle cx="8" cy="8" r="6" class="fill" /><path d="M5.2 8.2 7.2 10.2 10.9 6" class="cut" />`,
  check: svg`<circle cx="8" cy="8" r="5.9" /><path d="M5.2 8.2 7.2 10.2 10.9 6" />`,
  error: svg`<circle cx="8" cy="8" r="5.9" /><path d="M5.8 5.8 10.2 10.2M10.2 5.8 5.8 10.2" />`,
  warning: svg`<path d="M8 2.2 14.2 13.4H1.8Z" /><path d="M8 6.4V9.8M8 11.3V11.8" />`,
  info: svg`<circle cx="8" cy="8" r="5.9" /><path d="M8 7.2V11.2M8 4.8V5.4" />`,
  question: svg`<circle cx="8" cy="8" r="5.9" /><path d="M6.2 6.6C6.2 4.4 9.8 4.4 9.8 6.6 9.8 8 8 8 8 9.4M8 11.1V11.6" />`,
  key: svg`<circle cx="5.2" cy="8" r="2.9" /><path d="M8.1 8H14M11.2 8V10.4M13.4 8V9.8" />`,
  retry: svg`<path d="M13 8A5 5 0 1 1 11.3 4.3" /><path d="M11.6 1.6V4.6H8.6" />`,
  busy: svg`<path d="M8 2.4A5.6 5.6 0 1 1 2.4 8" />`,
  blocked: svg`<circle cx="8" cy="8" r="5.9" /><path d="M3.9 12.1 12.1 3.9" />`,
  bell: svg`<path d="M3.2 11.6H12.8C11.6 10.4 11.6 9.4 11.6 7.2 11.6 4.6 10 3.2 8 3.2S4.4 4.6 4.4 7.2C4.4 9.4 4.4 10.4 3.2 11.6Z" /><path d="M6.8 13.4H9.2" />`,
  stop: svg`<rect x="4" y="4" width="8" height="8" rx="1" />`,
  play: svg`<path d="M5 3.4 12.4 8 5 12.6Z" />`,
  plus: svg`<path d="M8 3.2V12.8M3.2 8H12.8" />`,
  close: svg`<path d="M4 4 12 12M12 4 4 12" />`,
  up: svg`<path d="M3.8 9.8 8 5.6 12.2 9.8" />`,
  down: svg`<path d="M3.8 6.2 8 10.4 12.2 6.2" />`,
  left: svg`<path d="M9.8 3.8 5.6 8 9.8 12.2" />`,
  shield: svg`<path d="M8 1.8 13.2 3.8V7.6C13.2 11 11 13.2 8 14.4 5 13.2 2.8 11 2.8 7.6V3.8Z" />`,
  search: svg`<circle cx="7" cy="7" r="4.2" /><path d="M10.2 10.2 13.6 13.6" />`,
  external: svg`<path d="M9.4 2.8H13.2V6.6M13.2 2.8 7.4 8.6M11.6 9.4V13.2H2.8V4.4H6.6" />`,
  copy: svg`<rect x="5.4" y="5.4" width="7.8" height="7.8" rx="1" /><path d="M10.6 5.4V2.8H2.8V10.6H5.4" />`,
  lines: svg`<path d="M2.8 4.4H13.2M2.8 8H13.2M2.8 11.6H9" />`,
  task: svg`<path d="M2.6 4.2 3.8 5.4 6 3M8 4.2H13.4M2.6 10.8 3.8 12 6 9.6M8 10.8H13.4" />`,
  sparkle: svg`<path d="M8 2.4C8.4 6 10 7.6 13.6 8 10 8.4 8.4 10 8 13.6 7.6 10 6 8.4 2.4 8 6 7.6 7.6 6 8 2.4Z" />`,
  edit: svg`<path d="M3 13 3.6 10.2 10.6 3.2 12.8 5.4 5.8 12.4ZM9.2 4.6 11.4 6.8" />`,
  sent: svg`<path d="M3 8H13M9.4 4.4 13 8 9.4 11.6" />`,
  received: svg`<path d="M13 8H3M6.6 4.4 3 8 6.6 11.6" />`,
} satisfies Record<string, SVGTemplateResult>;

/** The name of an icon. */
export type IconName = keyof typeof shapes;

/** An icon beside a text that says the same; `tone` adds colour, never meaning. */
export function icon(
  name: IconName,
  tone: 'plain' | 'good' | 'bad' | 'warn' | 'quiet' = 'plain',
  spin = false,
): TemplateResult {
  return html`<svg
    class="icon ${tone}${spin ? ' spin' : ''}"
    viewBox="0 0 16 16"
    width="16"
    height="16"
    aria-hidden="true"
    focusable="false"
  >
    ${shapes[name]}
  </svg>`;
}

/** The icon of a step by how it went. */
export function resultIcon(result: 'ok' | 'warn' | 'fail' | 'pending' | 'skipped'): TemplateResult {
  switch (result) {
    case 'ok':
      return icon('check', 'good');
    case 'warn':
      return icon('warning', 'warn');
    case 'fail':
      return icon('error', 'bad');
    case 'pending':
      return icon('busy', 'plain', true);
    case 'skipped':
      return icon('circle', 'quiet');
  }
}
