import { readdir, stat } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';

/** Sizes in bytes of what ships; build first. */
export async function benchBundle(): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {};
  const dist = new URL('../dist/', import.meta.url);
  const shipped = (await readdir(dist)).filter((file) => /\.(m?js|css)$/.test(file)).sort();
  for (const name of shipped) {
    const url = new URL(name, dist);
    const file = `dist/${name.startsWith('chunk-') ? name : name.replace(/-[A-Z0-9]{8}\./, '.')}`;
    sizes[file] = (await stat(url)).size;
    sizes[`${file} gzip`] = gzipSync(readFileSync(url)).length;
  }
  return sizes;
}
