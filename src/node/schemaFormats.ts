import type { Format } from 'ajv';
import { fullFormats } from 'ajv-formats/dist/formats.js';

const maxLength = 4096;

/** The usual formats for Ajv; a longer text than any sane one passes unexamined, since some patterns are not linear in it. */
export const schemaFormats: Readonly<Record<string, Format>> = Object.fromEntries(
  Object.entries(fullFormats).map(([name, format]) => [
    name,
    isForNumbers(format) ? format : bounded(format),
  ]),
);

function isForNumbers(format: Format): boolean {
  return typeof format === 'object' && 'type' in format && format.type === 'number';
}

function bounded(format: Format): Format {
  if (format === true) return true;
  const test = testOf(format);
  return { type: 'string', validate: (value: string) => value.length > maxLength || test(value) };
}

function testOf(format: unknown): (value: string) => boolean {
  if (format instanceof RegExp) return (value) => format.test(value);
  if (typeof format === 'function') return format as (value: string) => boolean;
  return testOf((format as { readonly validate: unknown }).validate);
}
