import type { ShownText } from './dashboard.ts';
import { visibleText } from './util/text.ts';

/** Foreign text ready for display, cut at `max` UTF-16 units of visible text. */
export function shown(text: string, max = 4000): ShownText {
  const visible = visibleText(text, { maxLength: max });
  return {
    text: visible.text,
    hidden: visible.marks.reduce((sum, mark) => sum + mark.count, 0),
    isTruncated: visible.isTruncated,
    ...(visible.hidden.length > 0 ? { spelled: visible.hidden } : {}),
  };
}

/** `shown` for a text that may be missing; blank text counts as missing. */
export function shownIfAny(text: string | undefined, max?: number): ShownText | undefined {
  return text === undefined || text.trim() === '' ? undefined : shown(text, max);
}
