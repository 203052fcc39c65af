import type { DoctorReport, DoctorStep } from './doctor.ts';
import type { JsonObject } from './json.ts';
import { codeBlock, codeSpan } from './util/markdown.ts';

/** The report as JSON, times as ISO 8601 and milliseconds. */
export function doctorDocument({ server, at, way, result, summary, steps }: DoctorReport): JsonObject {
  return {
    server: { name: server.name, kind: server.kind, target: server.target },
    at: new Date(at).toISOString(),
    way,
    result,
    summary,
    steps: steps.map(({ id, title, result: stepResult, ms, found, fix, details }) => ({
      id,
      title,
      result: stepResult,
      ms: ms ?? null,
      found,
      ...(fix ? { fix: fix.text } : {}),
      ...(details.length > 0 ? { details: [...details] } : {}),
    })),
  };
}

const marks: Readonly<Record<DoctorStep['result'], string>> = {
  ok: 'ok',
  warn: 'warning',
  fail: 'FAILED',
  skipped: 'skipped',
  pending: 'not yet',
};

/** The report as Markdown, e.g. for an issue; foreign texts stand in code. */
export function doctorMarkdown(report: DoctorReport): string {
  const { server, at, way, steps } = report;
  const how = way === 'live' ? 'the running connection' : 'a connection opened for the look';
  return [
    `# Connection to ${codeSpan(server.name)}`,
    '',
    codeSpan(oneLine(server.target)),
    '',
    `Looked at ${how} on ${new Date(at).toISOString()}. Secrets are hidden.`,
    '',
    ...steps.flatMap(({ title, result, ms, found, fix, details }, index) => [
      `${index + 1}. **${title}: ${marks[result]}**${ms === undefined ? '' : ` (${ms} ms)`}`,
      `   ${codeSpan(oneLine(found))}`,
      ...(fix ? [`   Fix: ${codeSpan(oneLine(fix.text))}`] : []),
      ...(details.length > 0
        ? [
            '',
            ...codeBlock(details.join('\n'))
              .split('\n')
              .map((line) => `   ${line}`),
            '',
          ]
        : []),
    ]),
    '',
  ].join('\n');
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
