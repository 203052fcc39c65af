import type { HttpFacts } from '../../core/connection.ts';
import { hiddenMark, isSecretName, type Redact } from './redactor.ts';

const shown = /^(?:accept|content-type|content-length|last-event-id|retry-after|www-authenticate|mcp-.*)$/;
const maxHeaders = 40;
const maxValue = 300;
const shownOfSession = 6;

/** What HTTP said beside a message: the headers that the protocol gives a meaning, secrets hidden, a session by its beginning. */
export function httpFacts(request: Headers, response: Response, redact: Redact): HttpFacts {
  return {
    status: response.status,
    requestHeaders: shownHeaders(request, redact),
    responseHeaders: shownHeaders(response.headers, redact),
  };
}

function shownHeaders(headers: Headers, redact: Redact): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, value] of [...headers].slice(0, maxHeaders)) {
    if (name === 'authorization') found[name] = hiddenMark;
    else if (name === 'mcp-session-id') found[name] = `${value.slice(0, shownOfSession)}…`;
    else if (shown.test(name))
      found[name] = isSecretName(name) ? hiddenMark : redact(value).slice(0, maxValue);
  }
  return found;
}
