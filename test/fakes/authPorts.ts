import type { AuthLock, AuthOpening, AuthPeople, AuthSecretName } from '../../src/core/auth.ts';

/** A lock that one process holds for itself. */
export function memoryLock(): AuthLock {
  const last = new Map<string, Promise<unknown>>();
  return {
    run: (key, _signal, work) => {
      const mine = (last.get(key) ?? Promise.resolve()).then(work, work);
      last.set(
        key,
        mine.catch(() => {}),
      );
      return mine;
    },
  };
}

/** People who have these secrets and enter no client id. */
export function peopleWith(secrets: Partial<Record<AuthSecretName, string>>): AuthPeople {
  return { secret: (_serverUrl, name) => Promise.resolve(secrets[name]) };
}

/** Follows an authorization request the way a browser does whose user says yes at once, up to the redirect to this machine. */
export async function followAtOnce({ url }: AuthOpening): Promise<boolean> {
  const response = await fetch(url, { redirect: 'manual' });
  const location = response.headers.get('location');
  if (location === null) throw new Error(`no redirect from ${new URL(url).origin}: HTTP ${response.status}`);
  await fetch(new URL(location, url));
  return true;
}
