import { join } from 'node:path';
import type { Clock, Logger, Sha256 } from '../core/ports.ts';
import { createAuth, type Auth } from './auth.ts';
import type { AuthDeps } from './authContext.ts';
import { openAuthLocks } from './authLocks.ts';

/** What differs between the editor and the headless host: secrets, browser, redirects, people, settings. */
export type AuthPorts = Omit<AuthDeps, 'lock' | 'clock' | 'logger' | 'sha256'>;

/** What sign-ins share with the rest of a host. */
export interface AuthCommon {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sha256: Sha256;
}

/** Sign-ins over the state folder that all windows share; `close` releases it. */
export function openAuth(
  stateDir: string,
  ports: AuthPorts,
  common: AuthCommon,
): { readonly auth: Auth; readonly close: () => void } {
  const lock = openAuthLocks(join(stateDir, 'auth.db'), common.clock);
  return { auth: createAuth({ ...ports, ...common, lock }), close: () => lock.close() };
}
