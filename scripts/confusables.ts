// Writes src/core/confusables.json: the characters of UTS 39 (Unicode's confusables.txt) that look like Latin letters and digits.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './processes.ts';

/** Where the table is kept. */
export const confusablesFile = path.join(root, 'src/core/confusables.json');

const source =
  'UTS 39 confusables of Unicode 13, by way of unhomoglyph 1.0.6 (MIT, (c) Vitaly Puzyrin). Data (c) Unicode, Inc., Unicode License: https://www.unicode.org/license.txt';

/** The table as text: by what is looked like, all the characters that look like it. */
export function confusablesText(): string {
  const all = JSON.parse(
    readFileSync(path.join(root, 'node_modules/unhomoglyph/data.json'), 'utf8'),
  ) as Readonly<Record<string, string>>;
  const looks: Record<string, string> = {};
  for (const [character, look] of Object.entries(all)) {
    // What compatibility decomposition already makes plain needs no entry.
    if (!/^[\x21-\x7e]+$/.test(look) || /^[\x20-\x7e]+$/.test(character.normalize('NFKD'))) continue;
    if ([...character].length === 1) looks[look] = (looks[look] ?? '') + character;
  }
  return `${JSON.stringify({ source, looks })}\n`;
}

if (import.meta.main) writeFileSync(confusablesFile, confusablesText());
