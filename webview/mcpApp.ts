import type { AppPage, ToAppHost } from '../src/shared/mcpAppMessages.ts';
import { AppFrame } from './mcpAppFrame.ts';
import { showReview } from './mcpAppReview.ts';

declare function acquireVsCodeApi(): { postMessage(message: ToAppHost): void };

const root = document.getElementById('app');
const page = document.getElementById('page')?.textContent;
if (root && page) {
  const editor = acquireVsCodeApi();
  const post = (message: ToAppHost) => editor.postMessage(message);
  const parsed = JSON.parse(page) as AppPage;
  if (parsed.kind === 'review') showReview(root, parsed, post);
  else new AppFrame(root, parsed, post).start();
}
