import {
  SSEClientTransport,
  StreamableHTTPClientTransport,
  type FetchLike,
  type Transport,
} from '@modelcontextprotocol/client';
import type { ConnectionInfo, ConnectionLoss, ResumeState } from '../../core/connection.ts';
import type { Clock } from '../../core/ports.ts';
import type { ResolvedLaunch } from '../../core/server.ts';
import { AppError } from '../../core/util/errors.ts';
import { oneLine } from '../../core/util/text.ts';
import type { ServerAuth } from '../authSession.ts';
import { authorizedFetch } from './authHttp.ts';
import { FrameTap } from './frameTap.ts';
import { FrameRecorder, type FrameRecorderDeps } from './frames.ts';
import { HttpFetch } from './httpFetch.ts';
import { launchEnvironment } from './launchEnvironment.ts';
import type { ServerLog } from './serverLog.ts';
import { StdioTransport, type ProcessEnd } from './stdioTransport.ts';
import { ProcessEnded } from './wireErrors.ts';

/** One transport with the tap on it, and what only its kind knows. */
export interface Link {
  readonly kind: ConnectionInfo['transport'];
  readonly tap: FrameTap;
  readonly transport: Transport;
  readonly http: HttpFetch | undefined;
  /** Process id of a local server. */
  readonly pid: () => number | undefined;
  /** Why it ended by itself, for people; undefined while a process runs. */
  readonly loss: (message: string) => ConnectionLoss;
  /** Why a local server's process ended before it was asked to, if it did. */
  readonly endError: () => AppError | undefined;
  /** Ends the session on the server, where there is one. */
  readonly endSession: () => Promise<void>;
  /** Opens the stream for what a server sends on its own, after a session was taken up again. */
  readonly openStream: () => void;
  readonly close: () => Promise<void>;
}

export interface LinkDeps extends FrameRecorderDeps {
  readonly clock: Clock;
  readonly log: ServerLog;
  readonly fetch: FetchLike;
  /** The server's sign-in; undefined for one that is never asked to. */
  readonly auth: ServerAuth | undefined;
  readonly maxMessageBytes: number;
  /** A request's answer broke one of our limits. */
  readonly onBroken: (id: number | undefined, error: AppError) => void;
  /** Live processes of this connector. */
  readonly processes: Set<StdioTransport>;
}

const reconnection = {
  initialReconnectionDelay: 500,
  maxReconnectionDelay: 15_000,
  reconnectionDelayGrowFactor: 2,
  maxRetries: 8,
};
const minReconnectionDelayMs = 100;
const endSessionMs = 1_000;

/** A link to a local server; nothing runs before the SDK starts its transport. */
export function stdioLink(launch: Extract<ResolvedLaunch, { kind: 'stdio' }>, deps: LinkDeps): Link {
  const recorder = new FrameRecorder(deps);
  let hasNoise = false;
  const transport = new StdioTransport({
    launch,
    env: launchEnvironment(launch.env),
    maxMessageBytes: deps.maxMessageBytes,
    clock: deps.clock,
    onStderr: (text) => deps.log.stderr(text),
    onNoise: (start, bytes) => {
      recorder.invalid(start, bytes);
      if (hasNoise) return;
      hasNoise = true;
      deps.log.problem(
        `the server writes lines to stdout that are no JSON-RPC messages; they are skipped. The first: ${oneLine(start, 200)}`,
      );
    },
  });
  const tap = new FrameTap(transport, recorder, () => transport.currentText);
  deps.processes.add(transport);
  const ended = (end: ProcessEnd) => {
    const last = deps.log.stderrTail.split('\n').at(-1) ?? '';
    const how =
      end.signal !== undefined ? `was ended by ${end.signal}` : `ended with code ${end.code ?? 'unknown'}`;
    return end.cause?.message ?? `the server process ${how}${last === '' ? '' : `: ${oneLine(last, 300)}`}`;
  };
  return {
    kind: 'stdio',
    tap,
    transport,
    http: undefined,
    pid: () => transport.pid ?? undefined,
    loss: (message) => ({
      message: transport.end ? ended(transport.end) : message,
      exitCode: transport.end?.code,
      stderr: deps.log.stderrTail === '' ? undefined : deps.log.stderrTail,
    }),
    endError: () => {
      const { end } = transport;
      if (!end || end.isAsked) return undefined;
      return (
        end.cause ??
        new AppError('connect-failed', ended(end), {
          cause: new ProcessEnded(end.code, end.signal),
          nextStep: "Read the server's log; run its command in a terminal to see what it says.",
        })
      );
    },
    endSession: async () => {},
    openStream: () => {},
    close: async () => {
      await transport.close();
      deps.processes.delete(transport);
    },
  };
}

/** A link over Streamable HTTP; `resume` takes up an earlier session. */
export function streamableLink(
  launch: Extract<ResolvedLaunch, { kind: 'http' }>,
  deps: LinkDeps,
  resume?: ResumeState,
): Link {
  const { url, http, recorder } = httpParts(launch, deps, true);
  const transport = new StreamableHTTPClientTransport(url, {
    fetch: http.fetch,
    ...(resume?.sessionId === undefined
      ? {}
      : { sessionId: resume.sessionId, protocolVersion: resume.protocolVersion }),
    reconnectionOptions: reconnection,
    reconnectionScheduler: (reconnect, delay) => {
      const timer = deps.clock.setTimer(Math.max(delay, minReconnectionDelayMs), reconnect);
      return () => timer.dispose();
    },
  });
  return {
    ...httpLink('streamable-http', transport, http, recorder),
    endSession: async () => {
      const ended = transport.terminateSession().catch(() => {});
      await Promise.race([ended, new Promise<void>((resolve) => deps.clock.setTimer(endSessionMs, resolve))]);
    },
    openStream: () => {
      transport.resumeStream('').catch(() => {});
    },
  };
}

/** A link over the HTTP+SSE transport of 2024-11-05. */
export function sseLink(launch: Extract<ResolvedLaunch, { kind: 'http' }>, deps: LinkDeps): Link {
  const { url, http, recorder } = httpParts(launch, deps, false);
  const transport = new SSEClientTransport(url, {
    fetch: http.fetch,
  });
  return {
    ...httpLink('sse', transport, http, recorder),
    endSession: async () => {},
    openStream: () => {},
  };
}

function httpParts(
  launch: Extract<ResolvedLaunch, { kind: 'http' }>,
  deps: LinkDeps,
  isGetForNotifications: boolean,
) {
  const url = new URL(launch.url);
  const recorder = new FrameRecorder(deps);
  const http = new HttpFetch({
    url,
    headers: launch.headers,
    fetch: deps.auth ? authorizedFetch(deps.fetch, deps.auth, url) : deps.fetch,
    clock: deps.clock,
    isGetForNotifications,
    maxMessageBytes: deps.maxMessageBytes,
    onBroken: deps.onBroken,
    redact: deps.redact,
    isWanted: deps.isWanted,
    onRefused: (id, facts, statusText) => recorder.refused(id, facts, statusText),
  });
  return { url, http, recorder };
}

function httpLink(
  kind: 'streamable-http' | 'sse',
  transport: Transport,
  http: HttpFetch,
  recorder: FrameRecorder,
) {
  return {
    kind,
    transport,
    http,
    tap: new FrameTap(
      transport,
      recorder,
      () => undefined,
      (id) => http.takeFacts(id),
    ),
    pid: () => undefined,
    loss: (message: string) => ({ message, exitCode: undefined, stderr: undefined }),
    endError: () => undefined,
    close: () => transport.close(),
  };
}
