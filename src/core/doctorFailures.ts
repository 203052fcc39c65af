import type { DoctorVerdict } from './doctor.ts';
import type { Failure } from './doctorFacts.ts';
import { say } from './util/say.ts';

/** What a failure of the network means for an address, and what mends it; undefined for one that is none. */
export function networkVerdict(
  system: string | undefined,
  place: { readonly host: string; readonly isLoopback: boolean; readonly isSecure: boolean },
): DoctorVerdict | undefined {
  if (system === undefined) return undefined;
  const { host, isLoopback } = place;
  const fail = (found: string, text: string): DoctorVerdict => ({
    result: 'fail',
    found: `${found} (${system}).`,
    fix: { text, action: 'open-config' },
  });
  switch (system) {
    case 'ENOTFOUND':
      return fail(
        say`The host name ${host} is not known`,
        say`Check the spelling of the host in the entry's URL. A name of a company network is known only inside it: connect to its network or VPN.`,
      );
    case 'EAI_AGAIN':
      return fail(
        say`The host name ${host} could not be looked up`,
        say`No name server answers: check that this machine is online, then look again.`,
      );
    case 'ECONNREFUSED':
      return fail(
        say`${host} refuses the connection`,
        isLoopback
          ? say`Nothing listens at ${host} on this machine: start the server, or correct the port in the entry's URL.`
          : say`The machine is there, but nothing listens at ${host}: check the port in the entry's URL, or ask the operator.`,
      );
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
    case 'EPIPE':
      return fail(
        say`${host} breaks the connection off`,
        say`Look at the log of the server, or of a proxy in between. A plain http address of a server that speaks TLS looks like this too.`,
      );
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'UND_ERR_HEADERS_TIMEOUT':
      return fail(
        say`${host} does not answer in time`,
        say`A firewall may drop the connection, or a VPN or proxy may be needed: open the address in a browser on this machine.`,
      );
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return fail(
        say`There is no way to ${host}`,
        say`Check that this machine is online and, for a company address, in its network or VPN.`,
      );
  }
  return tlsVerdict(system, host);
}

const unknownIssuer = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

function tlsVerdict(system: string, host: string): DoctorVerdict {
  const fail = (found: string, text: string): DoctorVerdict => ({
    result: 'fail',
    found: `${found} (${system}).`,
    fix: { text, action: undefined },
  });
  if (unknownIssuer.has(system))
    return fail(
      say`The certificate of ${host} is not signed by anybody this machine trusts`,
      say`Have the certificate authority added to this machine's store, or start the editor with NODE_EXTRA_CA_CERTS=<file.pem>. Never switch the check off.`,
    );
  switch (system) {
    case 'CERT_HAS_EXPIRED':
      return fail(
        say`The certificate of ${host} has expired`,
        say`The operator has to renew it. Check this machine's clock, too.`,
      );
    case 'CERT_NOT_YET_VALID':
      return fail(say`The certificate of ${host} is not valid yet`, say`Check this machine's clock.`);
    case 'CERT_REVOKED':
      return fail(
        say`The certificate of ${host} was revoked`,
        say`Do not use this server; ask its operator.`,
      );
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return fail(
        `The certificate of ${host} belongs to another host`,
        say`Use the host name that the certificate is for in the entry's URL. Where the name is right, somebody else answers in its place.`,
      );
  }
  if (system === 'EPROTO' || system.startsWith('ERR_SSL') || system.startsWith('ERR_TLS'))
    return fail(
      say`${host} does not speak TLS as expected`,
      say`Where the server is a plain one (on this machine, in development), write http:// in the entry's URL; else its operator has to mend its TLS.`,
    );
  return fail(
    say`The network failed at ${host}`,
    say`Look again; if it stays, ask the operator of the server.`,
  );
}

/** What an HTTP status means when the server should have begun to talk MCP; undefined where it says nothing of that kind. */
export function statusVerdict(
  status: number,
  place: { readonly hasOwnSignIn: boolean },
): DoctorVerdict | undefined {
  const fail = (found: string, text: string): DoctorVerdict => ({
    result: 'fail',
    found: say`${found} (HTTP ${status}).`,
    fix: { text, action: 'open-config' },
  });
  switch (status) {
    case 403:
      return fail(
        say`The server denies access`,
        place.hasOwnSignIn
          ? say`The Authorization header in the server's entry was understood but may not do this: use a key of an account with access.`
          : say`Sign in with an account that has access. A server that checks the Origin header or the address of callers says this too.`,
      );
    case 404:
    case 410:
      return fail(
        say`There is no MCP server at this address`,
        say`Correct the path in the entry's URL: often it is /mcp, or /sse for an old server.`,
      );
    case 405:
      return fail(
        say`The address takes no POST, so it is no MCP endpoint`,
        say`Correct the path in the entry's URL. A server of the old HTTP+SSE transport needs "type": "sse".`,
      );
    case 406:
    case 415:
      return fail(
        say`The server does not accept what MCP sends`,
        say`The address is of something else than MCP, or the server is older than 2025-03-26: try "type": "sse".`,
      );
    case 407:
      return fail(
        say`A proxy in between wants a sign-in`,
        say`Set up the proxy in the editor's settings (http.proxy, http.proxyAuthorization).`,
      );
    case 429:
      return fail(say`The server wants fewer requests`, say`Wait some minutes, then look again.`);
  }
  if (status >= 300 && status < 400)
    return fail(
      say`The address only leads somewhere else`,
      say`Write the final address into the entry's URL: credentials are not sent on to another host.`,
    );
  if (status >= 500)
    return {
      result: 'fail',
      found: say`The server has a fault of its own (HTTP ${status}).`,
      fix: {
        text: say`Nothing here mends that: look at the log of the server, or tell its operator. It is tried again at the next start.`,
        action: undefined,
      },
    };
  if (status >= 400 && status !== 401)
    return fail(say`The server refuses the request`, say`Check the URL and the headers of the entry.`);
  return undefined;
}

/** A failure that nothing more is known about, in its own words. */
export function plainVerdict(failure: Failure): DoctorVerdict {
  return {
    result: 'fail',
    found: sentence(failure.message),
    ...(failure.nextStep === undefined ? {} : { fix: { text: failure.nextStep, action: undefined } }),
  };
}

/** A message as a sentence. */
export function sentence(text: string): string {
  const line = text.trim().split('\n')[0] ?? '';
  const first = line.slice(0, 1).toUpperCase() + line.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}
