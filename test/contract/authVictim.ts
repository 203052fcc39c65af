import { defaultAuthSettings, type AuthOpening, type AuthSettings } from '../../src/core/auth.ts';
import { createAuth, type Auth } from '../../src/node/auth.ts';
import type { AuthDeps } from '../../src/node/authContext.ts';
import { createLoopbackRedirects } from '../../src/node/authRedirect.ts';
import { memoryLock, peopleWith } from '../fakes/authPorts.ts';
import { FakeSecrets } from '../fakes/fakeSecrets.ts';
import { callbackOf, startHostilePlace, type HostilePlace, type Lies } from '../fixtures/authHostile.ts';
import { sha256 } from './authBed.ts';
import { systemClock } from './connectionBed.ts';

/** Our sign-in with a browser that a test steers. */
export interface Victim {
  readonly auth: Auth;
  readonly secrets: FakeSecrets;
  readonly openings: AuthOpening[];
}

/** A user whose browser goes where `answer` says. */
export function victim(
  answer: (opening: AuthOpening) => URL,
  more: Partial<AuthDeps> & { readonly settings?: Partial<AuthSettings> } = {},
): Victim {
  const openings: AuthOpening[] = [];
  const secrets = new FakeSecrets();
  const { settings, ...deps } = more;
  const auth = createAuth({
    secrets,
    lock: memoryLock(),
    clock: systemClock,
    logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    sha256,
    browser: {
      open: async (opening) => {
        openings.push(opening);
        await fetch(answer(opening));
        return true;
      },
    },
    redirects: createLoopbackRedirects(),
    people: peopleWith({}),
    settingsOf: () => ({ ...defaultAuthSettings, ...settings }),
    ...deps,
  });
  return { auth, secrets, openings };
}

/** The browser of a user who agrees at an authorization server that sends no issuer. */
export const agree = ({ url }: AuthOpening) => callbackOf(url, { code: 'a-code' });

/** A hostile place for the time of one test. */
export async function withPlace(lies: Lies, use: (place: HostilePlace) => Promise<void>): Promise<void> {
  const place = await startHostilePlace();
  place.lies = lies;
  try {
    await use(place);
  } finally {
    await place.close();
  }
}
