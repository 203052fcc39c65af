import { AppError } from './errors.ts';

/** RFC 8785 canonical JSON: keys sorted by UTF-16 code units, ECMAScript numbers; throws `invalid-input` on non-JSON values and lone surrogates. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value === 'string') {
    if (!value.isWellFormed())
      throw new AppError('invalid-input', 'canonical JSON: lone surrogate in a string');
    return JSON.stringify(value);
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new AppError('invalid-input', `canonical JSON: ${value} is not a JSON number`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`;
  if (typeof value === 'object') {
    const object = value as Readonly<Record<string, unknown>>;
    let text = '';
    for (const key of Object.keys(object).sort()) {
      const member = object[key];
      if (member !== undefined)
        text += `${text === '' ? '' : ','}${canonicalJson(key)}:${canonicalJson(member)}`;
    }
    return `{${text}}`;
  }
  throw new AppError('invalid-input', `canonical JSON: ${typeof value} is not JSON`);
}
