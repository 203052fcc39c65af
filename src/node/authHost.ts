import { join } from 'node:path';
import type { Clock, Logger, Sha256 } from '../core/ports.ts';
import { createAuth, type Auth } from './auth.ts';
import type { AuthDeps } from './authContext.ts';
import { openAuthLocks } from './authLocks.ts';

/** What differs between the editor and the headless host: secrets, browser, redirects, people, settings. */
export type AuthPorts = Omit<AuthDeps, 'lock' | 'clock' | 'logger' | 'sha256'>;

/** Sign-ins over the state folder that all windows share; `close` releases it. */
export function openAuth(
  stateDir: string,
  ports: AuthPorts,
  common: { readonly clock: Clock; readonly logger: Logger; readonly sha256: Sha256 },
): { readonly auth: Auth; readonly close: () => void } {
  const lock = openAuthLocks(join(stateDir, 'auth.db'), common.clock);
  return { auth: createAuth({ ...ports, ...common, lock }), close: () => lock.close() };
}
