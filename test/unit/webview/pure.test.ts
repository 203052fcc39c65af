import assert from 'node:assert/strict';
import { afterEach, suite, test } from 'node:test';
import type { DashboardState, JobRow, RequestRow } from '../../../src/core/dashboard.ts';
import { announcements } from '../../../webview/announce.ts';
import { chartPoints } from '../../../webview/components/chartPoints.ts';
import { visibleRange } from '../../../webview/components/visibleRange.ts';
import { findingText, problemText } from '../../../webview/forms/messages.ts';
import {
  bytes,
  daysBetween,
  duration,
  pageLocale,
  percent,
  shortTimeOfDay,
  span,
} from '../../../webview/format.ts';
import { Runs } from '../../../webview/runs.ts';
import { count, english, setStrings, t } from '../../../webview/strings.ts';
import { groupJobs } from '../../../webview/views/jobGroups.ts';

const row = (id: string, over: Partial<JobRow> = {}): JobRow => ({
  id,
  serverId: 's',
  serverName: 'server',
  tool: id,
  toolName: id,
  callerName: 'user',
  callerKind: 'user',
  status: { kind: 'running' },
  statusMessage: undefined,
  progress: undefined,
  createdAt: 0,
  endedAt: undefined,
  mode: 'plain',
  hasResult: false,
  remainingMs: undefined,
  ...over,
});

suite('strings', () => {
  afterEach(() => setStrings(english));

  test('come from the host, fall back to English, and fill in their placeholders', () => {
    setStrings({ 'jobs.title': 'Aufträge', 'job.elapsed': 'seit {0}', 'servers.title': 5 });
    assert.equal(t('jobs.title'), 'Aufträge');
    assert.equal(t('job.elapsed', '0:07'), 'seit 0:07');
    assert.equal(t('servers.title'), 'Servers');
    assert.equal(t('problem.jsonAt', 2, 8), 'Not valid JSON (line 2, column 8).');
  });

  test('never take a placeholder out of what is filled in', () => {
    assert.equal(t('problem.at', '{1}', 'x'), '{1}: x');
  });

  test('count one and many', () => {
    assert.equal(count('servers.tools', 1), '1 tool');
    assert.equal(count('servers.tools', 2), '2 tools');
    assert.equal(count('servers.tools', 0), '0 tools');
  });

  test('have a message for every keyword, and keep the English one for others', () => {
    assert.equal(
      findingText({ kind: 'value', path: '', keyword: 'minLength', params: ['3'], message: 'm' }),
      'At least 3 characters.',
    );
    assert.equal(
      findingText({
        kind: 'value',
        path: '',
        keyword: 'propertyNames',
        params: [],
        message: 'property name is invalid',
      }),
      'property name is invalid',
    );
    assert.equal(problemText({ ok: false, code: 'integer' }), 'Not a whole number.');
  });
});

suite('formats', () => {
  test('a short time of day has 24 hours where the locale has AM and PM', () => {
    const evening = new Date(2026, 6, 28, 21, 4, 5).getTime();
    assert.equal(shortTimeOfDay(evening, 'en-US'), '21:04:05');
    assert.equal(shortTimeOfDay(new Date(2026, 6, 28, 0, 4, 5).getTime(), 'en-US'), '00:04:05');
  });

  test('tell times and sizes', () => {
    assert.deepEqual(
      [duration(7000), duration(750_000), duration(3_723_000), duration(-5)],
      ['0:07', '12:30', '1:02:03', '0:00'],
    );
    assert.deepEqual([span(300), span(9999), span(61_000)], ['0.3 s', '10.0 s', '1:01']);
    assert.deepEqual(
      [bytes(512), bytes(1400), bytes(18_213), bytes(2e7)],
      ['512 B', '1.4 kB', '18 kB', '20 MB'],
    );
  });

  test('never round a share up to all of it', () => {
    assert.deepEqual(
      [percent(0), percent(0.999), percent(1), percent(1.5), percent(-1)],
      ['0 %', '99 %', '100 %', '100 %', '0 %'],
    );
  });

  test('count days by the calendar, not by hours', () => {
    assert.equal(
      daysBetween(new Date(2026, 2, 13, 23, 59).getTime(), new Date(2026, 2, 14, 0, 1).getTime()),
      1,
    );
    assert.equal(
      daysBetween(new Date(2026, 2, 14, 0, 1).getTime(), new Date(2026, 2, 14, 23, 59).getTime()),
      0,
    );
  });
});

suite('the locale', () => {
  test('is the user’s own, unless its words are in another language than the page', () => {
    assert.equal(pageLocale('en', 'en-GB'), 'en-GB');
    assert.equal(pageLocale('de', 'en-GB'), 'de');
    assert.equal(pageLocale('de', 'de-AT'), 'de-AT');
    assert.equal(pageLocale('', 'fr-FR'), 'fr-FR');
  });
});

suite('the rows in sight', () => {
  test('are a few, with the active one wherever it is', () => {
    assert.deepEqual(visibleRange(3, 20, 0, 100, 0), [0, 1, 2]);
    const middle = visibleRange(5000, 20, 2000, 100, 4999);
    assert.equal(middle[0], 94);
    assert.equal(middle.at(-1), 4999);
    assert.ok(middle.length < 25);
    assert.equal(visibleRange(5000, 20, 50_000, 100, 3)[0], 3);
  });

  test('stay within a list that has become shorter than the scroll offset', () => {
    assert.deepEqual(visibleRange(10, 20, 90_000, 100, -1).at(-1), 9);
    assert.deepEqual(visibleRange(0, 20, 0, 100, -1), []);
  });
});

suite('the chart', () => {
  const at = (ms: number, progress: number, total?: number) => ({
    at: ms,
    progress,
    total,
    message: undefined,
  });

  test('puts time to the right and the total at the top', () => {
    const { points, total } = chartPoints([at(0, 0, 10), at(50, 5, 10), at(100, 10, 10)], 200, 100);
    assert.deepEqual(points, [
      { x: 0, y: 100 },
      { x: 100, y: 50 },
      { x: 200, y: 0 },
    ]);
    assert.equal(total, 10);
  });

  test('scales to the highest value when there is no one total, and bears odd numbers', () => {
    const { points, top, total } = chartPoints([at(0, 1), at(10, NaN), at(10, 4, 7)], 100, 100);
    assert.equal(total, undefined);
    assert.equal(top, 4);
    assert.ok(points.every(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)));
    assert.deepEqual(chartPoints([], 1, 1).points, []);
  });
});

suite('groups of jobs', () => {
  test('put what needs the user first and the newest end on top', () => {
    const now = new Date(2026, 2, 14, 12).getTime();
    const hour = 3_600_000;
    const lines = groupJobs(
      [
        row('old', { endedAt: now - 50 * hour }),
        row('yesterday', { endedAt: now - 20 * hour }),
        row('early', { endedAt: now - 2 * hour }),
        row('late', { endedAt: now - hour }),
        row('runs', { createdAt: 2 }),
        row('asks', { status: { kind: 'needs-input' }, createdAt: 1 }),
      ],
      now,
    );
    assert.deepEqual(
      lines.map((line) => (line.kind === 'job' ? line.job.id : `# ${line.title}`)).slice(0, 9),
      ['# Needs you', 'asks', '# Running', 'runs', '# Today', 'late', 'early', '# Yesterday', 'yesterday'],
    );
  });
});

suite('announcements', () => {
  const state = (open: readonly JobRow[], finished: readonly JobRow[], requests: readonly string[] = []) =>
    ({
      jobs: { open, finished, finishedTotal: finished.length },
      requests: requests.map((id) => ({ id, serverName: 'server', kind: 'approval' }) as RequestRow),
      server: undefined,
    }) as unknown as DashboardState;

  test('say nothing about the first state and nothing twice', () => {
    const first = state([row('a')], [], ['r']);
    assert.deepEqual(announcements(undefined, first), []);
    assert.deepEqual(announcements(first, first), []);
  });

  test('tell of ended jobs and new requests', () => {
    const ended = row('a', { status: { kind: 'completed' }, endedAt: 1 });
    assert.deepEqual(announcements(state([row('a')], []), state([], [ended], ['r'])), [
      'a of server: Completed',
      'server waits for you: Approval of a tool call',
    ]);
  });

  test('tell of new lines of the open activity log, unless something else tells what they are', () => {
    const log = (head: number, finished: readonly JobRow[] = []) =>
      ({ ...state(finished.length > 0 ? [] : [row('a')], finished), activity: { head } }) as DashboardState;
    assert.deepEqual(announcements(state([row('a')], []), log(7)), []);
    assert.deepEqual(announcements(log(7), log(9)), ['2 new lines']);
    const ended = row('a', { status: { kind: 'completed' }, endedAt: 1 });
    assert.deepEqual(announcements(log(7), log(9, [ended])), ['a of server: Completed']);
  });
});

suite('runs', () => {
  test('are followed to their outcome, a rejection included', async () => {
    let changes = 0;
    const runs = new Runs(() => changes++);
    runs.follow('form', 1, Promise.resolve({ kind: 'done', jobId: 'j' }));
    runs.follow('form', 2, Promise.reject(new Error('no')));
    assert.deepEqual(
      runs.of('form').map((run) => run.outcome),
      [undefined, undefined],
    );
    await new Promise(setImmediate);
    assert.deepEqual(
      runs.of('form').map((run) => run.outcome),
      [
        { kind: 'error', message: 'no' },
        { kind: 'done', jobId: 'j' },
      ],
    );
    assert.equal(changes, 4);
    runs.dismiss('form', runs.of('form')[0]!.id);
    assert.equal(runs.of('form').length, 1);
    assert.deepEqual(runs.of('other'), []);
  });
});
