import type { DoctorVerdict } from './doctor.ts';
import type { ConnectFacts, DoctorFacts, Exchange, ListFacts } from './doctorFacts.ts';
import { plainVerdict, sentence } from './doctorFailures.ts';
import { lastWords } from './doctorLocal.ts';
import { httpVerdict } from './doctorRemote.ts';
import { say, sayings } from './util/say.ts';

const unsupportedVersion = -32022; // MCP 2026-07-28
const methodNotFound = -32601;
/** The protocol versions that our client speaks, newest first. */
export const spokenVersions: readonly string[] = [
  '2026-07-28',
  '2025-11-25',
  '2025-06-18',
  '2025-03-26',
  '2024-11-05',
];

/** Whether both sides agreed to talk, and in which era. */
export function judgeHandshake(facts: DoctorFacts): DoctorVerdict | undefined {
  const { connect, server } = facts;
  if (!connect) return undefined;
  const { info, handshakeMs: ms, failure } = connect;
  const details = connect.exchanges.map(exchangeLine);
  if (info) return { ms, ...connected(info, connect, facts.way), details };
  // It was not reached: the step before says why.
  if (connect.exit || !failure) return undefined;
  if (server.kind === 'http' && !connect.http.some(({ status }) => status !== undefined)) return undefined;
  if (server.kind === 'stdio' && connect.exchanges.length === 0 && failure.code !== 'timeout')
    return undefined;
  if (failure.code === 'needs-sign-in')
    return {
      ms,
      result: 'warn',
      found: say`The server answers, and wants a sign-in before it says more${failure.status === undefined ? '' : ` (HTTP ${failure.status})`}.`,
      details,
    };
  return { ms, details, ...handshakeFailure(facts, connect, failure) };
}

function connected(
  info: NonNullable<ConnectFacts['info']>,
  connect: ConnectFacts,
  way: DoctorFacts['way'],
): DoctorVerdict {
  const name =
    info.serverName === undefined
      ? ''
      : `${info.serverName}${info.serverVersion === undefined || info.serverVersion === '' ? '' : ` ${info.serverVersion}`} `;
  const said = say`${name}speaks MCP ${info.protocolVersion} (${info.era} era) over ${info.transport}.`;
  if (info.transport === 'sse')
    return {
      result: 'warn',
      found: say`${said} That transport was replaced in 2025.`,
      fix: {
        text: say`It works. Where the server also has a Streamable HTTP address (often /mcp), use that.`,
        action: undefined,
      },
    };
  if (connect.noise !== undefined && way === 'trial')
    return {
      result: 'warn',
      found: say`${said} It also writes lines to stdout that are no messages; they are skipped.`,
      fix: {
        text: say`Other clients may stop at that: the server should write its log to stderr.`,
        action: undefined,
      },
    };
  return { result: 'ok', found: said };
}

function handshakeFailure(
  facts: DoctorFacts,
  connect: ConnectFacts,
  failure: NonNullable<ConnectFacts['failure']>,
): DoctorVerdict {
  const foreign = connect.exchanges.find(
    ({ version }) => version !== undefined && !spokenVersions.includes(version),
  );
  const isRefused =
    failure.rpcCode === unsupportedVersion ||
    connect.exchanges.some(({ rpcCode }) => rpcCode === unsupportedVersion);
  if (foreign || isRefused)
    return {
      result: 'fail',
      found: say`The server speaks no protocol version that is spoken here${foreign?.version === undefined ? '' : say`: it wants ${foreign.version}`}.`,
      fix: {
        text: say`Spoken here: ${spokenVersions.join(', ')}. Update the server, or set another era for it (mcpSwitchboard.era).`,
        action: undefined,
      },
    };
  const http = httpVerdict(facts);
  if (http) return http;
  if (failure.code === 'timeout') return silence(facts, connect);
  if (connect.exchanges.some((one) => one.method === 'initialize' && one.rpcCode === methodNotFound))
    return {
      result: 'fail',
      found: say`It answers, but knows neither server/discover nor initialize: it is no MCP server.`,
      fix: {
        text: say`Name the command or argument that starts the MCP server; its page says which.`,
        action: 'open-config',
      },
    };
  const answer = connect.exchanges.findLast(
    ({ rpcCode }) => rpcCode !== undefined && rpcCode !== methodNotFound,
  );
  if (answer)
    return {
      result: 'fail',
      found: say`The server answered ${answer.method} with error ${answer.rpcCode ?? ''}: ${sentence(answer.message ?? say`no reason given`)}`,
      fix: { text: say`The reason is the server’s own: its log may say more.`, action: 'show-log' },
    };
  return plainVerdict(failure);
}

function silence({ server, command }: DoctorFacts, connect: ConnectFacts): DoctorVerdict {
  const isDownload = /^(?:npx|bunx|pnpm|uvx|pipx|dnx|docker|podman|go)\b/.test(command?.command ?? '');
  const noise = connect.noise;
  const said = [
    ...connect.exchanges.map(exchangeLine),
    ...(noise === undefined ? [] : [`stdout: ${noise}`]),
    ...lastWords(connect.stderr),
  ];
  return {
    result: 'fail',
    found: say`The server runs but did not answer within ${connect.patience} s.`,
    details: said,
    fix: {
      text:
        noise !== undefined
          ? say`It writes plain text to stdout, so it may not run as an MCP server over stdio: look for the argument that makes it one.`
          : isDownload
            ? say`The first start downloads packages: look again in a minute, or allow more time (mcpSwitchboard.connectTimeout). If it stays, it is no MCP server, or waits for something.`
            : server.kind === 'stdio'
              ? say`It may not speak MCP over stdio without another argument, or wait for something: run the command in a terminal.`
              : say`It hangs, or is very slow: look at its log, or allow more time (mcpSwitchboard.connectTimeout).`,
      action: 'show-log',
    },
  };
}

function exchangeLine({ method, ms, rpcCode, message, version }: Exchange): string {
  const answer =
    ms === undefined
      ? say`no answer`
      : rpcCode === undefined
        ? say`answered${version === undefined ? '' : `, ${version}`}`
        : say`error ${rpcCode}${message === undefined ? '' : `: ${message}`}`;
  return `${method} → ${answer}${ms === undefined ? '' : `, ${Math.round(ms)} ms`}`;
}

const listNames = sayings((): Readonly<Record<ListFacts['list'], string>> => ({
  tools: say`tools`,
  resources: say`resources`,
  resourceTemplates: say`resource templates`,
  prompts: say`prompts`,
}));

/** Whether what the server offers could be read. */
export function judgeLists({ lists }: DoctorFacts): DoctorVerdict | undefined {
  if (!lists) return undefined;
  const ms = lists.reduce((sum, list) => sum + list.ms, 0);
  const details = lists.filter(({ isDeclared }) => isDeclared).flatMap(listLines);
  const counted = lists.filter(({ isDeclared, failure }) => isDeclared && !failure);
  const words = counted.map(({ list, count }) => `${count} ${listNames()[list]}`).join(', ');
  // Templates are optional for a server with resources.
  const failed = lists.filter(
    ({ list, failure }) =>
      failure !== undefined && !(list === 'resourceTemplates' && failure.code === 'unsupported'),
  );
  const [first] = failed;
  if (first?.failure)
    return {
      ms,
      details,
      result: 'fail',
      found: say`The list of ${listNames()[first.list]} could not be read: ${sentence(first.failure.message)}`,
      fix: {
        text:
          first.failure.code === 'timeout'
            ? say`The server hangs while it lists; look at its log, or allow more time (mcpSwitchboard.requestTimeout).`
            : say`That is the server’s fault; its log may say more. Its other lists are usable.`,
        action: 'show-log',
      },
    };
  const problems = lists.reduce((sum, list) => sum + list.problems.length, 0);
  if (problems > 0)
    return {
      ms,
      details,
      result: 'warn',
      found:
        problems === 1
          ? say`${words}; one thing in them is not as the protocol wants, and left out where there is no sense in it.`
          : say`${words}; ${problems} things in them are not as the protocol wants, and left out where there is no sense in them.`,
      fix: { text: say`Tell the author of the server; the lines below name each.`, action: undefined },
    };
  if (counted.every(({ count }) => count === 0))
    return {
      ms,
      details,
      result: 'warn',
      found:
        counted.length === 0
          ? say`The server says that it offers nothing: no tools, resources or prompts.`
          : say`Every list is empty.`,
      fix: {
        text: say`Some servers offer things only with an argument, a key with more rights, or an open folder (roots): look at its page.`,
        action: 'open-config',
      },
    };
  return { ms, details, result: 'ok', found: `${words}.` };
}

function listLines({ list, ms, count, problems, failure }: ListFacts): readonly string[] {
  const head = `${listNames()[list]}: ${failure ? failure.message : count}, ${Math.round(ms)} ms`;
  return [head, ...problems.slice(0, 8).map((problem) => `  ${problem}`)];
}
