import type { Frame, HttpFacts } from './connection.ts';
import { shown } from './shown.ts';
import type { ShownText } from './dashboard.ts';
import type { Exchange, ExchangeOutcome } from './trafficExchanges.ts';
import { isJsonObject, parseStored } from './json.ts';
import { rpcErrorName } from './rpcErrors.ts';
import { replayOf } from './trafficReplay.ts';
import { oneLine, prettyJson } from './util/text.ts';

/** An exchange as a row of the traffic view. */
export interface TrafficRow {
  readonly key: string;
  readonly at: number;
  readonly direction: Frame['direction'];
  readonly kind: Frame['kind'];
  readonly method: string | undefined;
  readonly id: string | undefined;
  /** Of all its messages. */
  readonly bytes: number;
  readonly ms: number | undefined;
  readonly outcome: ExchangeOutcome;
  readonly partOf: Exchange['partOf'];
  readonly status: number | undefined;
  readonly noteCount: number;
}

/** One message in full, as far as it was kept. */
export interface TrafficMessage {
  readonly at: number;
  readonly direction: Frame['direction'];
  readonly bytes: number;
  readonly text: ShownText;
}

/** The exchange that is open. */
export interface TrafficDetail extends TrafficRow {
  readonly first: TrafficMessage;
  readonly answer: TrafficMessage | undefined;
  readonly notes: readonly TrafficMessage[];
  readonly http:
    | {
        readonly status: number;
        readonly requestHeaders: readonly { readonly name: string; readonly value: ShownText }[];
        readonly responseHeaders: readonly { readonly name: string; readonly value: ShownText }[];
      }
    | undefined;
  /** Of an answer that is a JSON-RPC error; `name` for a code of JSON-RPC or MCP itself. */
  readonly error: { readonly code: number; readonly name: string | undefined } | undefined;
  /** What sending it again would be; a reason where it cannot be. */
  readonly replay:
    { readonly kind: 'call' | 'request' } | { readonly kind: 'no'; readonly reason: ReplayRefusal };
}

/** Why a message is not sent again. */
export type ReplayRefusal = 'not-ours' | 'not-for-again' | 'cut' | 'hidden';

const maxNotes = 50;
const maxText = 9_000;

/** An exchange as its row. */
export function trafficRow({ key, first, answer, notes, ms, outcome, partOf }: Exchange): TrafficRow {
  return {
    ...{ key, at: first.at, direction: first.direction, kind: first.kind, ms, outcome, partOf },
    method: first.method === undefined ? undefined : oneLine(first.method, 100),
    id: first.id === undefined ? undefined : oneLine(String(first.id), 60),
    bytes: [first, ...(answer ? [answer] : []), ...notes].reduce((sum, { bytes }) => sum + bytes, 0),
    status: (answer ?? first).http?.status,
    noteCount: notes.length,
  };
}

/** An exchange as it is read. */
export function trafficDetail(exchange: Exchange): TrafficDetail {
  const { first, answer, notes } = exchange;
  const http = (answer ?? first).http;
  return {
    ...trafficRow(exchange),
    first: message(first),
    answer: answer && message(answer),
    notes: notes.slice(-maxNotes).map(message),
    http: http && {
      status: http.status,
      requestHeaders: headers(http.requestHeaders),
      responseHeaders: headers(http.responseHeaders),
    },
    error: answer && errorOf(answer),
    replay: replayKind(exchange),
  };
}

function errorOf({ text }: Frame): TrafficDetail['error'] {
  const message = parseStored(text);
  const error = isJsonObject(message) ? message['error'] : undefined;
  // A long message is cut off; the code stands at its beginning.
  const code = isJsonObject(error)
    ? error['code']
    : Number(/^\{[^{}]{0,80}"error":\{"code":(-?\d{1,9}),/.exec(text)?.[1]);
  return typeof code === 'number' && !Number.isNaN(code) ? { code, name: rpcErrorName(code) } : undefined;
}

function replayKind(exchange: Exchange): TrafficDetail['replay'] {
  const replay = replayOf(exchange);
  if (replay.kind === 'no') return replay;
  return { kind: replay.kind === 'call' ? 'call' : 'request' };
}

function message({ at, direction, bytes, text }: Frame): TrafficMessage {
  return { at, direction, bytes, text: shown(prettyJson(text), maxText * 3) };
}

function headers(all: HttpFacts['requestHeaders']) {
  return Object.entries(all).map(([name, value]) => ({ name, value: shown(value, 400) }));
}
