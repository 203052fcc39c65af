import type { ActivityFilter, ActivityRows, StoredLine } from './activity.ts';
import { bodyOf, factsOf, knownKinds } from './activityRead.ts';
import type { Pause } from './activityVerify.ts';
import { isJsonObject, type Json } from './json.ts';
import { throwIfAborted } from './util/errors.ts';

/** How a log leaves: our own lines with their chain, or OTLP JSON of the OpenTelemetry logs data model. */
export type ActivityFormat = 'jsonl' | 'otlp';

const atOnce = 500;

/** The lines that fit, oldest first, as the text of a file, a few hundred lines at a time. Both formats are JSON Lines; rejects `cancelled`. */
export async function* exportActivity(
  rows: Pick<ActivityRows, 'after' | 'find' | 'head'>,
  filter: ActivityFilter,
  format: ActivityFormat,
  version: string,
  pause: Pause,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let from = rows.after(undefined, 1)[0]?.seq ?? 1;
  const end = rows.head()?.seq ?? 0;
  for (; from <= end; from += atOnce) {
    throwIfAborted(signal);
    const lines = rows.find(filter, from, Math.min(end, from + atOnce - 1), atOnce).toReversed();
    if (lines.length > 0)
      yield format === 'otlp' ? `${otlpLine(lines, version)}\n` : lines.map(jsonLine).join('');
    await pause();
  }
}

/** One line of our own format: hashing `{at, event, previous, seq}` in canonical JSON gives `hash`. */
export function jsonLine(line: StoredLine): string {
  const { seq, at, kind, body, previous, hash } = line;
  const event = bodyOf(body);
  return `${JSON.stringify(event ? { seq, at, event, previous, hash } : { seq, at, kind, damaged: body, previous, hash })}\n`;
}

/** Lines as one `LogsData` object of OTLP JSON, which the Collector's file receiver reads line by line. */
export function otlpLine(lines: readonly StoredLine[], version: string): string {
  return JSON.stringify({
    resourceLogs: [
      {
        resource: {
          attributes: [attribute('service.name', 'mcp-switchboard'), attribute('service.version', version)],
        },
        scopeLogs: [
          { scope: { name: 'mcp-switchboard.activity', version }, logRecords: lines.map(logRecord) },
        ],
      },
    ],
  });
}

function logRecord(line: StoredLine): object {
  const body = bodyOf(line.body);
  const facts = factsOf(line);
  const isCall = line.kind.startsWith('call') && facts.tool !== undefined;
  const time = Number.isSafeInteger(line.at) ? String(BigInt(line.at) * 1_000_000n) : '0';
  const [severityNumber, severityText] = severityOf(line, body !== undefined, facts.outcome);
  return {
    timeUnixNano: time,
    observedTimeUnixNano: time,
    severityNumber,
    severityText,
    eventName: `mcp_switchboard.${line.kind.replaceAll('-', '_')}`,
    body: { stringValue: facts.tool === undefined ? line.kind : `${line.kind} ${facts.tool}` },
    attributes: [
      ...(isCall
        ? [
            attribute('mcp.method.name', 'tools/call'),
            attribute('gen_ai.operation.name', 'execute_tool'),
            attribute('gen_ai.tool.name', facts.tool),
          ]
        : []),
      ...(facts.outcome === 'failed' ? [attribute('error.type', body?.['code'] ?? '_OTHER')] : []),
      attribute('mcp_switchboard.seq', line.seq),
      attribute('mcp_switchboard.previous', line.previous),
      attribute('mcp_switchboard.hash', line.hash),
      ...Object.entries(body ?? { damaged: line.body })
        .filter(([key]) => key !== 'kind')
        .map(([key, value]) => attribute(`mcp_switchboard.${snake(key)}`, value)),
    ],
  };
}

function severityOf(
  line: StoredLine,
  isReadable: boolean,
  outcome: ReturnType<typeof factsOf>['outcome'],
): readonly [number, string] {
  if (!isReadable || outcome === 'failed' || outcome === 'lost') return [17, 'ERROR'];
  const isWarning =
    outcome === 'denied' ||
    outcome === 'refused' ||
    outcome === 'interrupted' ||
    line.kind === 'definition-changed' ||
    !knownKinds.includes(line.kind);
  return isWarning ? [13, 'WARN'] : [9, 'INFO'];
}

function snake(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function attribute(key: string, value: Json | undefined): object {
  return { key, value: anyValue(value ?? null) };
}

/** An `AnyValue`; 64-bit integers are texts in OTLP JSON. */
function anyValue(value: Json): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (isJsonObject(value))
    return {
      kvlistValue: { values: Object.entries(value).map(([key, member]) => attribute(key, member)) },
    };
  if (value === null) return {};
  return { arrayValue: { values: value.map(anyValue) } };
}
