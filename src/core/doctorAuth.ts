import type { AuthStep, AuthStepId } from './authSteps.ts';
import type { DoctorAction, DoctorVerdict } from './doctor.ts';
import type { DoctorFacts } from './doctorFacts.ts';
import { say, sayings } from './util/say.ts';

const local = (): DoctorVerdict => ({
  result: 'skipped',
  found: say`Not for a local server: it takes credentials from its environment.`,
});
const open = (): DoctorVerdict => ({
  result: 'skipped',
  found: say`Not needed: the server lets in without a sign-in.`,
});

/** Whether the way to the authorization server is found and sound. */
export function judgeDiscovery(facts: DoctorFacts): DoctorVerdict | undefined {
  return judged(facts, ({ steps, ms }) => {
    const ids: readonly AuthStepId[] = [
      'challenge',
      'resource-metadata',
      'resource',
      'server-metadata',
      'issuer',
      'pkce',
    ];
    const those = steps.filter(({ id }) => ids.includes(id));
    const bad =
      those.find(({ result }) => result === 'fail') ?? those.find(({ result }) => result === 'warn');
    const details = those.flatMap(linesOf);
    if (!bad) return { ms, result: 'ok', found: say`Its metadata is complete and consistent.`, details };
    return { ms, ...stepVerdict(bad), details };
  });
}

/** Whether there is a client id for the authorization server, or a way to one. */
export function judgeRegistration(facts: DoctorFacts): DoctorVerdict | undefined {
  return judged(facts, ({ steps }) => {
    const step = steps.find(({ id }) => id === 'registration');
    return step && step.result !== 'skipped' ? stepVerdict(step) : undefined;
  });
}

/** Whether there is a token that the server takes. */
export function judgeToken(facts: DoctorFacts): DoctorVerdict | undefined {
  const { connect, entry, auth } = facts;
  if (entry?.hasOwnSignIn && connect) {
    const status = connect.failure?.status;
    if (status === 401 || connect.failure?.code === 'needs-sign-in')
      return {
        result: 'fail',
        found: say`The Authorization header of the entry was refused.`,
        fix: { text: say`Replace the key or token in "headers" of the entry.`, action: 'open-config' },
      };
    return connect.info
      ? { result: 'ok', found: say`The entry sends its own Authorization header.` }
      : undefined;
  }
  return judged(facts, ({ steps }) => {
    const view = auth?.report.view;
    if (!view || !connect) return undefined;
    const fail = (found: string, text: string, action: DoctorAction): DoctorVerdict => ({
      result: 'fail',
      found,
      fix: { text, action },
    });
    const isBroken = steps.some(({ result }) => result === 'fail');
    const after = isBroken ? say`Mend the step above first, then sign in.` : '';
    switch (view.status.kind) {
      case 'signed-out':
        if (connect.info) return { result: 'ok', found: say`The server let us in without one.` };
        return fail(say`You are not signed in.`, after || say`Sign in: the browser opens.`, 'sign-in');
      case 'expired':
        return fail(
          say`The sign-in has run out and cannot be renewed.`,
          after || say`Sign in again.`,
          'sign-in',
        );
      case 'needs-more': {
        const missing = view.status.missing.join(', ');
        return {
          result: connect.info ? 'warn' : 'fail',
          found: say`You are signed in, but the server wants more: ${missing}.`,
          fix: { text: after || say`Grant these permissions too.`, action: 'step-up' },
        };
      }
      case 'signed-in':
    }
    if (view.audience && !view.audience.isThisServer)
      return {
        result: 'warn',
        found: say`The token is for ${view.audience.named.join(', ')}, not for this server.`,
        fix: { text: say`Sign in again, so that it is asked for this server.`, action: 'sign-in' },
      };
    if (connect.failure?.code === 'needs-sign-in')
      return fail(
        say`The server refused the token it was given.`,
        after || say`Sign in again; if that does not help, forget the sign-in first.`,
        'sign-in',
      );
    if (!connect.info) return undefined;
    const who = view.account === undefined ? '' : say` as ${view.account}`;
    const scopes = view.granted.length === 0 ? '' : ` (${view.granted.join(' ')})`;
    return { result: 'ok', found: say`You are signed in${who}${scopes}.` };
  });
}

/** What a judge says when the trail was followed; else why it was not. */
function judged(
  { server, auth, connect, entry }: DoctorFacts,
  judge: (report: { readonly steps: readonly AuthStep[]; readonly ms: number }) => DoctorVerdict | undefined,
): DoctorVerdict | undefined {
  if (server.kind === 'stdio') return local();
  if (!connect) return undefined;
  if (entry?.hasOwnSignIn)
    return { result: 'skipped', found: say`Not followed: the entry sends its own Authorization header.` };
  if (!auth) return connect.info ? open() : undefined;
  return judge({ steps: auth.report.steps, ms: auth.ms });
}

function stepVerdict({ id, result, found }: AuthStep): DoctorVerdict {
  const text = fixes()[id];
  return {
    result: result === 'skipped' ? 'skipped' : result,
    found,
    ...(text !== undefined && result === 'fail' ? { fix: { text, action: undefined } } : {}),
  };
}

function linesOf({ result, found, tried }: AuthStep): readonly string[] {
  const requests = tried.map(({ url, outcome }) => `${url} → ${outcome}`);
  return result === 'skipped' ? requests : [...requests, ...(result === 'ok' ? [] : [found])];
}

const operator = (): string =>
  say`Only the operator of the server can mend this; tell them what is written here.`;
const fixes = sayings((): Readonly<Partial<Record<AuthStepId, string>>> => ({
  challenge: say`Check that the URL in the entry is right and uses https; see the steps above for the network.`,
  'resource-metadata': say`The server does not publish where to sign in (RFC 9728). ${operator()}`,
  resource: say`The URL in the entry may be an alias: use the one that the metadata names. Where it names another server's, nobody is signed in. ${operator()}`,
  'server-metadata': say`The authorization server publishes no usable metadata (RFC 8414). ${operator()} A server in a private network has to be allowed in mcpSwitchboard.auth (allowedHosts).`,
  issuer: say`The authorization server claims to be another one (RFC 8414, 3.3), which is how a mix-up attack begins. ${operator()}`,
  pkce: say`Without PKCE (S256) a stolen code could be used by others, so nobody is signed in. ${operator()}`,
  registration: say`Ask the operator of the authorization server for a client id, and set it in mcpSwitchboard.auth for this address.`,
}));
