import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Installs an extension from plain files beside what a profile has; `write` fills its folder. */
export function addExtension(extensions: string, id: string, write: (location: string) => void): void {
  const relativeLocation = `${id}-1.0.0`;
  const location = path.join(extensions, relativeLocation);
  mkdirSync(location, { recursive: true });
  write(location);
  const list = path.join(extensions, 'extensions.json');
  const installed = existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as unknown[]) : [];
  const entry = {
    identifier: { id },
    version: '1.0.0',
    location: { $mid: 1, path: location, scheme: 'file' },
    relativeLocation,
  };
  writeFileSync(list, JSON.stringify([...installed, entry]));
}
