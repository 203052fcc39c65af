import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';

/** A secret nobody else has. */
export function mark(kind: string): string {
  return `mark-${kind}-${randomBytes(9).toString('hex')}`;
}

/** Keeps every message between the editor and webviews opened from now on, in both directions: they go through ports. */
export async function webviewMessages(page: Page): Promise<readonly string[]> {
  const messages: string[] = [];
  const context = page.context();
  await context.exposeBinding('noteMessage', (_source, text: string) => void messages.push(text));
  const listen = () => {
    const frame = globalThis as unknown as {
      readonly noteMessage: (text: string) => void;
      readonly MessagePort: { readonly prototype: { postMessage: (...args: unknown[]) => void } };
    };
    const { prototype } = frame.MessagePort;
    const post = prototype.postMessage;
    prototype.postMessage = function (...args) {
      try {
        frame.noteMessage(JSON.stringify(args[0]));
      } catch {
        // what is no JSON is not one of ours
      }
      post.apply(this, args);
    };
  };
  await context.addInitScript(listen);
  await page.evaluate(listen);
  return messages;
}

/** Files below a folder that hold something like this. */
export function filesWith(folder: string, what: RegExp): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => what.test(readFileSync(file, 'latin1')));
}
