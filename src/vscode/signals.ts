import type * as vscode from 'vscode';
import type { Disposable } from '../core/util/disposables.ts';

/** An `AbortSignal` that follows a VS Code cancellation token; dispose it when the work is done. */
export function signalOf(token: vscode.CancellationToken): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  const listener = token.onCancellationRequested(() => controller.abort());
  return { signal: controller.signal, dispose: () => void listener.dispose() };
}
