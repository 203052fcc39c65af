import type { Frame } from './connection.ts';
import type { Exchange } from './trafficExchanges.ts';

/** Where the traffic went, for a reader who was not there. */
export interface TrafficPlace {
  readonly serverName: string;
  /** Address of a remote server, secrets hidden; the program of a local one. */
  readonly target: string;
  readonly transport: 'stdio' | 'streamable-http' | 'sse' | undefined;
  readonly version: string;
}

/**
 * One message a line: `{at, direction, kind, method, id, bytes, http, text}`, times in ISO 8601, texts as recorded (secrets
 * hidden, long ones cut). Where older messages had to make room, the first line is `{dropped, comment}`.
 */
export function trafficLines(frames: readonly Frame[], dropped = 0): string {
  const lines = frames.map(({ at, ...frame }) =>
    JSON.stringify({ at: new Date(at).toISOString(), ...frame }),
  );
  if (dropped > 0) lines.unshift(JSON.stringify({ dropped, comment: droppedText(dropped) }));
  return lines.map((line) => `${line}\n`).join('');
}

function droppedText(dropped: number): string {
  return dropped === 1 ? '1 older message was dropped' : `${dropped} older messages were dropped`;
}

/**
 * An HTTP Archive 1.2 with an entry for each exchange. What HAR has no word for is in members that begin with `_`: the side
 * that asked, the JSON-RPC method and id, messages in between, and the transport. A message over stdio has the status 0. The log's
 * `comment` says how many older messages had to make room.
 */
export function trafficHar(exchanges: readonly Exchange[], place: TrafficPlace, dropped = 0): string {
  const entries = exchanges.map((exchange) => entryOf(exchange, place));
  const creator = { name: 'MCP Switchboard', version: place.version };
  const comment = dropped > 0 ? { comment: droppedText(dropped) } : {};
  return `${JSON.stringify({ log: { version: '1.2', creator, ...comment, pages: [], entries } }, null, 2)}\n`;
}

function entryOf(exchange: Exchange, { serverName, target, transport }: TrafficPlace): object {
  const { first, answer, notes, ms, outcome, partOf, key } = exchange;
  const facts = answer?.http ?? first.http;
  const url = URL.canParse(target) ? target : `mcp-stdio:${encodeURIComponent(serverName)}`;
  return {
    startedDateTime: new Date(first.at).toISOString(),
    time: ms ?? 0,
    request: {
      ...{ method: 'POST', url, httpVersion: 'HTTP/1.1', cookies: [], queryString: [] },
      headers: named(facts?.requestHeaders),
      postData: { mimeType: 'application/json', text: first.text },
      ...{ headersSize: -1, bodySize: first.bytes },
    },
    response: {
      status: facts?.status ?? 0,
      ...{ statusText: '', httpVersion: 'HTTP/1.1', cookies: [] },
      headers: named(facts?.responseHeaders),
      content: {
        size: answer?.bytes ?? 0,
        mimeType: facts?.responseHeaders['content-type'] ?? 'application/json',
        text: answer?.text ?? '',
      },
      ...{ redirectURL: '', headersSize: -1, bodySize: answer?.bytes ?? -1 },
    },
    cache: {},
    timings: { send: 0, wait: ms ?? 0, receive: 0 },
    _mcp: {
      ...{ key, server: serverName, transport, outcome, direction: first.direction, kind: first.kind },
      ...{ method: first.method, id: first.id, partOf },
      notes: notes.map(({ at, text }) => ({ at: new Date(at).toISOString(), text })),
    },
  };
}

function named(headers: Readonly<Record<string, string>> = {}): readonly object[] {
  return Object.entries(headers).map(([name, value]) => ({ name, value }));
}
