import type { Json } from '../json.ts';
import { jsonErrorPosition } from './jsonErrorPosition.ts';

/** Why a typed text is not a value. */
export type TextProblem =
  | { readonly ok: false; readonly code: 'number' | 'integer' }
  | { readonly ok: false; readonly code: 'precision'; readonly text: string } // a number that JSON numbers here cannot hold exactly
  | {
      readonly ok: false;
      readonly code: 'json';
      readonly line: number | undefined;
      readonly column: number | undefined;
    };

/** A parsed text, or why it is none. */
export type Parsed = { readonly ok: true; readonly value: Json } | TextProblem;

const numberPattern = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** A number as people type it; whole numbers must be exact. */
export function parseNumber(text: string, isInteger: boolean): Parsed {
  const trimmed = text.trim();
  if (!numberPattern.test(trimmed)) return { ok: false, code: isInteger ? 'integer' : 'number' };
  const value = Number(trimmed);
  if (!Number.isFinite(value)) return { ok: false, code: 'precision', text: trimmed };
  if (isInteger && !Number.isInteger(value)) return { ok: false, code: 'integer' };
  if (!isExact(trimmed, value)) return { ok: false, code: 'precision', text: trimmed };
  return { ok: true, value };
}

/** Digits that a double would silently change. */
function isExact(source: string, value: number): boolean {
  return !Number.isInteger(value) || Number.isSafeInteger(value) || !/^[+-]?\d+$/.test(source);
}

/** JSON text as a value; integers that would lose digits are refused instead of changed. */
export function parseJson(text: string): Parsed {
  let inexact: string | undefined;
  const check = (_key: string, value: unknown, context?: { readonly source?: string }) => {
    if (typeof value === 'number' && context?.source !== undefined && !isExact(context.source, value))
      inexact ??= context.source;
    return value;
  };
  try {
    const value = JSON.parse(text, check) as Json;
    return inexact === undefined ? { ok: true, value } : { ok: false, code: 'precision', text: inexact };
  } catch {
    return { ok: false, code: 'json', ...jsonErrorPosition(text) };
  }
}

/** A value as the text of its field; `asJson` for JSON editors, where strings are quoted. */
export function serialize(value: Json | undefined, asJson = false): string {
  if (value === undefined) return '';
  if (!asJson && typeof value === 'string') return value;
  if (!asJson && value === null) return '';
  return JSON.stringify(value, null, 2);
}

/** An RFC 3339 date-time as the value of a local date-time input; undefined when it is none. */
export function toLocalDateTime(value: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}/.test(value)) return undefined;
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return undefined;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${time}`;
}

/** The value of a local date-time input as RFC 3339 with the local offset at that moment; undefined when it is no time. */
export function fromLocalDateTime(local: string): string | undefined {
  const date = new Date(local);
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(local) || Number.isNaN(date.getTime())) return undefined;
  const seconds = local.length === 16 ? `${local}:00` : local;
  return `${seconds}${offsetOf(date)}`;
}

/** The offset of local time from UTC at a moment, as `+01:00` or `Z`. */
export function offsetOf(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  if (minutes === 0) return 'Z';
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
