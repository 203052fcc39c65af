import { stat } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';

/** Sizes in bytes of what ships; build first. */
export async function benchBundle(): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {};
  for (const file of ['dist/extension.cjs', 'dist/webview.js', 'dist/webview.css']) {
    const url = new URL(`../${file}`, import.meta.url);
    sizes[file] = (await stat(url)).size;
    sizes[`${file} gzip`] = gzipSync(readFileSync(url)).length;
  }
  return sizes;
}
