import type { DoctorVerdict } from './doctor.ts';
import type { DoctorFacts, HttpExchange } from './doctorFacts.ts';
import { networkVerdict, plainVerdict, sentence, statusVerdict } from './doctorFailures.ts';
import { say } from './util/say.ts';

/** Whether the name of the host leads to an address. */
export function judgeHost({ host, connect, server }: DoctorFacts): DoctorVerdict | undefined {
  if (!host || server.kind !== 'http') return undefined;
  const { ms, failure, addresses } = host;
  if (!failure) {
    const others = addresses.length > 3 ? say` and ${addresses.length - 3} more` : '';
    return { ms, result: 'ok', found: say`${host.host} is ${addresses.slice(0, 3).join(', ')}${others}.` };
  }
  if (connect?.info || connect?.http.some(({ status }) => status !== undefined))
    return { ms, result: 'ok', found: say`This machine does not know ${host.host}, but a proxy does.` };
  return { ms, ...(networkVerdict(failure.system, host) ?? plainVerdict(failure)) };
}

/** Whether anything answers there over HTTP. */
export function judgeReach(facts: DoctorFacts): DoctorVerdict | undefined {
  const { connect, host, server } = facts;
  if (!connect || !host || server.kind !== 'http') return undefined;
  if (judgeHost(facts)?.result === 'fail') return undefined; // that says why
  if (facts.way === 'live' && connect.info) return { result: 'ok', found: say`It is connected.` };
  const { startMs: ms, http } = connect;
  const details = http.map(exchangeLine);
  const answered = http.find(({ status }) => status !== undefined);
  if (!answered) {
    const lost = http.find(({ system }) => system !== undefined);
    const verdict = networkVerdict(lost?.system ?? connect.failure?.system, host);
    if (verdict) return { ms, ...verdict, details };
    if (connect.failure?.code === 'timeout')
      return {
        ms,
        result: 'fail',
        found: say`${host.host} takes the connection but does not answer within ${connect.patience} s.`,
        details,
        fix: {
          text: say`The server hangs or is very slow: look at its log, or allow more time (mcpSwitchboard.connectTimeout).`,
          action: undefined,
        },
      };
    if (!connect.failure) return undefined;
    return {
      ms,
      result: 'fail',
      found: say`No request got through to ${host.host}: ${sentence(connect.failure.message)}`,
      details,
      fix: {
        text: say`Check the address in the entry. A few ports that belong to other services, such as 9 or 25, are closed to web requests.`,
        action: 'open-config',
      },
    };
  }
  const led = http.find(({ redirectedTo }) => redirectedTo !== undefined)?.redirectedTo;
  if (led !== undefined)
    return {
      ms,
      result: 'warn',
      found: say`It answers, but from another address: ${led}.`,
      details,
      fix: { text: say`Write the final address into the entry's URL.`, action: 'open-config' },
    };
  const how = host.isSecure
    ? say`over TLS`
    : host.isLoopback
      ? say`on this machine, without encryption`
      : say`without encryption`;
  if (!host.isSecure && !host.isLoopback)
    return {
      ms,
      result: 'warn',
      found: say`It answers ${how}: everybody on the way can read and change what is said.`,
      details,
      fix: { text: say`Use the https address in the entry's URL, if there is one.`, action: 'open-config' },
    };
  return { ms, result: 'ok', found: say`It answers ${how}.`, details };
}

/** What the answers over HTTP say about a handshake that failed; undefined where they say nothing. */
export function httpVerdict({ connect, entry, server }: DoctorFacts): DoctorVerdict | undefined {
  if (!connect || server.kind !== 'http') return undefined;
  const answers = connect.http.filter(({ status }) => status !== undefined);
  const last = answers.at(-1);
  const status = connect.failure?.status ?? last?.status;
  const isHtml = answers.find(
    (one) => one.status !== undefined && one.status < 300 && !isMcp(one.contentType),
  );
  if (isHtml)
    return {
      result: 'fail',
      found: say`It answers with ${isHtml.contentType === undefined ? say`no content type` : `"${isHtml.contentType}"`}, neither JSON nor an event stream: no MCP server is behind this address.`,
      details: answers.map(exchangeLine),
      fix: {
        text: say`Correct the path in the entry's URL: often it is /mcp. A page to sign in, or of a proxy, in between looks like this too.`,
        action: 'open-config',
      },
    };
  if (status === undefined) return undefined;
  const verdict = statusVerdict(status, { hasOwnSignIn: entry?.hasOwnSignIn ?? false });
  return verdict && { ...verdict, details: answers.map(exchangeLine) };
}

function isMcp(contentType: string | undefined): boolean {
  return contentType !== undefined && /\b(?:json|event-stream)\b/i.test(contentType);
}

/** One request as a line. */
export function exchangeLine({ method, url, status, contentType, ms, system }: HttpExchange): string {
  const answer =
    status === undefined
      ? say`no answer${system === undefined ? '' : ` (${system})`}`
      : say`HTTP ${status}${contentType === undefined ? '' : `, ${contentType}`}`;
  return say`${method} ${url} → ${answer}, ${Math.round(ms)} ms`;
}
