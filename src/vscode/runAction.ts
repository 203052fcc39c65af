import { commands, l10n, window } from 'vscode';
import type { Logger } from '../core/ports.ts';
import { toAppError, type AppError } from '../core/util/errors.ts';
import { forMessage } from './plainText.ts';

/** How an action ended. */
export type Attempt<T> =
  { readonly kind: 'done'; readonly value: T } | { readonly kind: 'failed'; readonly error: AppError };

/** Runs everything a user or the dashboard sets off, so that failures are logged once and shown at most once. */
export interface Actions {
  /** Logs a failure with its cause and leaves it to the caller to show it. */
  attempt<T>(name: string, fn: () => T | Promise<T>): Promise<Attempt<T>>;
  /** Logs a failure and tells the user in one notification, whose button opens the log given; silent for `cancelled`. Resolves when the action has ended, not when the notification is closed. */
  run<T>(name: string, fn: () => T | Promise<T>, showLog?: () => void): Promise<T | undefined>;
}

/** `showLog` opens the log that the notification's button offers. */
export function createActions(logger: Logger, showLog: () => void): Actions {
  const attempt = async <T>(name: string, fn: () => T | Promise<T>): Promise<Attempt<T>> => {
    try {
      return { kind: 'done', value: await fn() };
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code === 'cancelled') logger.debug(`${name}: cancelled`);
      else
        logger.error(
          `${name}: ${error.code}: ${error.message}`,
          error.cause ?? (error.code === 'internal' ? error : undefined),
        );
      return { kind: 'failed', error };
    }
  };
  return {
    attempt,
    run: async (name, fn, showOtherLog) => {
      const ended = await attempt(name, fn);
      if (ended.kind === 'done') return ended.value;
      if (ended.error.code !== 'cancelled') {
        tell(ended.error, showOtherLog ?? showLog).then(undefined, (error: unknown) =>
          logger.error(`${name}: notification`, error),
        );
      }
      return undefined;
    },
  };
}

async function tell(error: AppError, showLog: () => void): Promise<void> {
  const log = l10n.t('Show Log');
  const trust = l10n.t('Manage Workspace Trust');
  const text =
    error.nextStep === undefined ? error.message : `${error.message.replace(/\.?$/, '.')} ${error.nextStep}`;
  const buttons = error.code === 'needs-trust' ? [trust, log] : [log];
  const isRefusal =
    error.code === 'denied' ||
    error.code === 'blocked' ||
    error.code === 'invalid-input' ||
    error.code === 'needs-trust';
  const chosen = await (isRefusal
    ? window.showWarningMessage(forMessage(text), ...buttons)
    : window.showErrorMessage(forMessage(text), ...buttons));
  if (chosen === log) showLog();
  if (chosen === trust) await commands.executeCommand('workbench.trust.manage');
}
