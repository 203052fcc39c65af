import type { DoctorFacts } from './doctorFacts.ts';
import { judgeCommand, judgeEntry, judgeProcess } from './doctorLocal.ts';
import { judgeDiscovery, judgeRegistration, judgeToken } from './doctorAuth.ts';
import { judgeHandshake, judgeLists } from './doctorProtocol.ts';
import { judgeHost, judgeReach } from './doctorRemote.ts';
import { withoutSecrets } from './redact.ts';
import { visibleText } from './util/text.ts';
import { say, sayings } from './util/say.ts';

/** The steps of a connection, in order; a local server has `command` and `process`, a remote one `host` and `reach`. */
export type DoctorStepId =
  | 'entry'
  | 'command'
  | 'process'
  | 'host'
  | 'reach'
  | 'handshake'
  | 'discovery'
  | 'registration'
  | 'token'
  | 'lists';

/** What a button beside a fix can do. */
export type DoctorAction = 'open-config' | 'show-log' | 'sign-in' | 'step-up' | 'start';

/** What to do about a step that failed. */
export interface DoctorFix {
  /** Whole sentences for people. */
  readonly text: string;
  readonly action: DoctorAction | undefined;
}

/** What a judge says of one step. */
export interface DoctorVerdict {
  readonly result: 'ok' | 'warn' | 'fail' | 'skipped' | 'pending';
  readonly found: string;
  readonly fix?: DoctorFix;
  /** Lines that show it: an exit's last words, requests, problems of a list. */
  readonly details?: readonly string[];
  /** Milliseconds; absent where nothing was waited for. */
  readonly ms?: number | undefined;
}

/** One step of the report; every text is visible text. */
export interface DoctorStep {
  readonly id: DoctorStepId;
  readonly title: string;
  readonly result: DoctorVerdict['result'];
  readonly ms: number | undefined;
  readonly found: string;
  readonly fix: DoctorFix | undefined;
  readonly details: readonly string[];
}

/** What the doctor found out about one server. Secrets are hidden, every text is visible text. */
export interface DoctorReport {
  readonly server: DoctorFacts['server'];
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly way: DoctorFacts['way'];
  readonly result: 'ok' | 'warn' | 'fail' | 'pending';
  /** The step that decides, in one sentence. */
  readonly summary: string;
  readonly steps: readonly DoctorStep[];
}

const titles = sayings((): Readonly<Record<DoctorStepId, string>> => ({
  entry: say`Entry is ready`,
  command: say`Command is found`,
  process: say`Process starts`,
  host: say`Host is found`,
  reach: say`Server answers`,
  handshake: say`Handshake and era`,
  discovery: say`Sign-in is found`,
  registration: say`Client is known`,
  token: say`Token is accepted`,
  lists: say`Lists are read`,
}));

const stepsOf = {
  stdio: ['entry', 'command', 'process', 'handshake', 'discovery', 'registration', 'token', 'lists'],
  http: ['entry', 'host', 'reach', 'handshake', 'discovery', 'registration', 'token', 'lists'],
} as const satisfies Readonly<Record<string, readonly DoctorStepId[]>>;

const judges: Readonly<Record<DoctorStepId, (facts: DoctorFacts) => DoctorVerdict | undefined>> = {
  entry: judgeEntry,
  command: judgeCommand,
  process: judgeProcess,
  host: judgeHost,
  reach: judgeReach,
  handshake: judgeHandshake,
  discovery: judgeDiscovery,
  registration: judgeRegistration,
  token: judgeToken,
  lists: judgeLists,
};

const maxText = 1_000;
const maxDetail = 400;
const maxDetails = 30;

/** The report over what was seen; `isOver` is false while more is being looked at. */
export function doctorReport(facts: DoctorFacts, isOver: boolean): DoctorReport {
  const steps = stepsOf[facts.server.kind].map((id): DoctorStep => {
    const verdict = judges[id](facts) ?? {
      result: isOver ? 'skipped' : 'pending',
      found: isOver ? say`Not reached.` : '',
    };
    const { result, found, fix, details = [], ms } = verdict;
    return {
      id,
      title: titles()[id],
      result,
      ms: ms === undefined ? undefined : Math.max(0, Math.round(ms)),
      found: plain(found, maxText),
      fix: fix && { ...fix, text: plain(fix.text, maxText) },
      details: details.slice(0, maxDetails).map((line) => plain(line, maxDetail)),
    };
  });
  const { server, at, way } = facts;
  const worst =
    steps.find(({ result }) => result === 'fail') ?? steps.find(({ result }) => result === 'warn');
  const result = worst?.result === 'fail' ? 'fail' : isOver ? (worst ? 'warn' : 'ok') : 'pending';
  return {
    server: { ...server, name: plain(server.name, 200), target: plain(server.target, 8_000) },
    at,
    way,
    result,
    summary: summaryOf(result, worst),
    steps,
  };
}

function summaryOf(result: DoctorReport['result'], worst: DoctorStep | undefined): string {
  if (result === 'pending') return say`Looking …`;
  return worst ? `${worst.title}: ${worst.found}` : say`Everything that was looked at is in order.`;
}

function plain(text: string, maxLength: number): string {
  const shown = visibleText(withoutSecrets(text), { maxLength });
  return shown.isTruncated ? `${shown.text}…` : shown.text;
}
