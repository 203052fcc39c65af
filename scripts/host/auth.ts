import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultAuthSettings } from '../../src/core/auth.ts';
import type { Json } from '../../src/core/json.ts';
import { AppError } from '../../src/core/util/errors.ts';
import { visibleText } from '../../src/core/util/text.ts';
import { createFileSecrets } from '../../src/node/authFileSecrets.ts';
import { openAuth } from '../../src/node/authHost.ts';
import { createLoopbackRedirects } from '../../src/node/authRedirect.ts';
import { sha256, systemClock } from '../../src/node/host.ts';

/** The twelve steps of a sign-in to a server, without credentials, and its state; nothing is registered and no browser opened. */
export async function authProbe(
  [url]: readonly string[],
  signal: AbortSignal = new AbortController().signal,
): Promise<Json> {
  if (url === undefined || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new AppError('invalid-input', 'auth-probe needs the URL of a remote server');
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-auth-'));
  const say = (message: string) => process.stderr.write(`${message}\n`);
  const nobody = new AppError('unsupported', 'auth-probe signs in nowhere');
  const { auth, close } = openAuth(
    folder,
    {
      secrets: createFileSecrets(join(folder, 'secrets.json')),
      browser: { open: () => Promise.reject(nobody) },
      redirects: createLoopbackRedirects(),
      people: { secret: () => Promise.resolve(undefined) },
      settingsOf: () => defaultAuthSettings,
    },
    { clock: systemClock, logger: { debug: () => {}, info: say, warn: say, error: say }, sha256 },
  );
  const keepAlive = setInterval(() => {}, 2 ** 30); // the time-outs of requests do not keep the process
  try {
    const { at, steps, view } = await auth.inspect(url, signal);
    return shown({ at: new Date(at).toISOString(), steps, view });
  } finally {
    clearInterval(keepAlive);
    close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** JSON with every text made visible: what a server says may hold hidden characters. */
function shown(value: unknown): Json {
  return JSON.parse(
    JSON.stringify(value, (_key, member: unknown) =>
      typeof member === 'string' ? visibleText(member).text : member,
    ),
  ) as Json;
}
