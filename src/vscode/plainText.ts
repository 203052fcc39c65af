import { oneLine, visibleText } from '../core/util/text.ts';

/** Foreign text for a notification or dialog message, where `[text](command:…)` would become a link that runs a command. */
export function forMessage(text: string, max = 400): string {
  return oneLine(text, max).replaceAll('](', '] (');
}

/** Foreign text for a quick pick, status bar item or code lens, where `$(name)` would become an icon. */
export function forIconLabel(text: string, max = 200): string {
  return oneLine(text, max).replaceAll('$(', '$ (');
}

/** Foreign text for the label or description of a tree item, which take text as it is. */
export function forTree(text: string, max = 200): string {
  return oneLine(text, max);
}

/** Foreign text of several lines for a plain-text tooltip. */
export function forTooltip(text: string, max = 1500): string {
  const visible = visibleText(text, { maxLength: max });
  return visible.isTruncated ? `${visible.text}…` : visible.text;
}

/** Foreign text as part of a file name shown on a tab. */
export function forFileName(text: string, max = 60): string {
  const name = oneLine(text, max)
    .replace(/[\\/:*?"<>|#%]+/g, '_')
    .replace(/^\.+/, '_')
    .trim();
  return name === '' ? '_' : name;
}
