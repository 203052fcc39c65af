import type { Disposable } from './util/disposables.ts';

/** Time: milliseconds since the epoch and timers that can be faked. */
export interface Clock {
  now(): number;
  setTimer(ms: number, fn: () => void): Disposable;
}

/** Diagnostics of the extension itself; never given a secret. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string, cause?: unknown): void;
  error(message: string, cause?: unknown): void;
}

/** Encrypted key-value storage that never syncs and is never logged. */
export interface Secrets {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
}

/** Small non-secret settings of this machine that outlive a reload (per-tool switches, remembered choices). */
export interface Memory {
  get(key: string): string | undefined;
  set(key: string, value: string | undefined): void;
}

/** Lower-case hex SHA-256 of the UTF-8 bytes of `text`. */
export type Sha256 = (text: string) => string;

/** A new unguessable id. */
export type NewId = () => string;

/** Opens a URL outside the editor after the caller has shown it; false when the user or system refused. */
export type OpenExternal = (url: string) => Promise<boolean>;
