import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import spawn from 'cross-spawn';
import type { Clock } from '../../core/ports.ts';
import type { ResolvedLaunch } from '../../core/server.ts';
import { AppError, toAppError } from '../../core/util/errors.ts';
import { descendantsOf, signalTree, whenEnded } from '../processTree.ts';
import { LineSplitter } from './lineSplitter.ts';

export interface StdioOptions {
  readonly launch: Extract<ResolvedLaunch, { kind: 'stdio' }>;
  /** Environment of the child, complete. */
  readonly env: Readonly<Record<string, string>>;
  /** Longest message that is read, in bytes; a longer one ends the connection. */
  readonly maxMessageBytes: number;
  readonly clock: Clock;
  /** Whole lines of stderr. */
  readonly onStderr: (text: string) => void;
  /** A line on stdout that is not a JSON-RPC message; `start` is its beginning. */
  readonly onNoise: (start: string, bytes: number) => void;
}

/** How a local server ended. */
export interface ProcessEnd {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  /** It ended because it was asked to. */
  readonly isAsked: boolean;
  /** Why we killed it, or why it could not be started. */
  readonly cause: AppError | undefined;
}

const stdinGraceMs = 500;
const termGraceMs = 1_500;
const killGraceMs = 2_000;
const drainMs = 300;
const stderrLineMax = 8_192;

/**
 * Runs a local server without a shell, as leader of its own process group. The SDK's own stdio transport cannot be used:
 * it hides the exit code and the probe's process, drops lines that are not JSON, and copies long lines quadratically.
 * `stderr` and `pid` make the SDK treat it as stdio when it negotiates the era.
 */
export class StdioTransport implements Transport {
  onmessage?: Transport['onmessage'];
  onerror?: Transport['onerror'];
  onclose?: Transport['onclose'];
  /** Raw text of the message that `onmessage` is being called with. */
  currentText: string | undefined;

  readonly #options: StdioOptions;
  readonly #stdout: LineSplitter;
  #child: ChildProcess | undefined;
  #end: ProcessEnd | undefined;
  #cause: AppError | undefined;
  #hasExited = false;
  #hasSignalled = false;
  #closing: Promise<void> | undefined;
  readonly #gone = Promise.withResolvers<void>();

  constructor(options: StdioOptions) {
    this.#options = options;
    this.#stdout = new LineSplitter(options.maxMessageBytes, (line) => this.#onLine(line));
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  get stderr(): null {
    return null;
  }

  /** Set once the process is gone. */
  get end(): ProcessEnd | undefined {
    return this.#end;
  }

  /** Rejects with `connect-failed` that names the command when it cannot be started. */
  async start(): Promise<void> {
    const { launch, env } = this.#options;
    if (this.#child) throw new AppError('internal', 'this transport was started before');
    if (launch.cwd !== undefined && !existsSync(launch.cwd)) {
      throw new AppError(
        'connect-failed',
        `cannot start ${launch.command}: the working directory ${launch.cwd} does not exist`,
        {
          nextStep: 'Correct "cwd" in the server\'s entry.',
        },
      );
    }
    try {
      this.#child = spawn(launch.command, [...launch.args], {
        env,
        cwd: launch.cwd,
        stdio: ['pipe', 'pipe', 'pipe'],
        shell: false,
        windowsHide: true,
        detached: process.platform !== 'win32',
      });
    } catch (error) {
      throw notStarted(launch.command, error);
    }
    const child = this.#child;
    this.#read(child);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => {
        this.#cause = notStarted(launch.command, error);
        this.#finish();
        reject(this.#cause);
      });
    });
    child.on('error', (error) => this.onerror?.(error));
  }

  /** Resolves when the pipe took the message; rejects with `not-connected` once the process is gone. */
  async send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin;
    if (!stdin?.writable || this.#end) throw new AppError('not-connected', 'the server process has ended');
    const text = `${JSON.stringify(message)}\n`;
    await new Promise<void>((resolve, reject) => {
      stdin.write(text, (error) => {
        if (error)
          reject(new AppError('not-connected', 'the server process no longer reads', { cause: error }));
        else resolve();
      });
    });
  }

  /** Ends stdin, then terminates, then kills the process with everything below it; resolves when they are gone. */
  close(): Promise<void> {
    this.#closing ??= this.#stop();
    return this.#closing;
  }

  /** Kills the process and everything below it before it returns. */
  killNow(): void {
    const pid = this.#child?.pid;
    if (pid !== undefined && !this.#end) signalTree(pid, descendantsOf(pid), 'SIGKILL');
  }

  async #stop(): Promise<void> {
    const pid = this.#child?.pid;
    if (pid === undefined || this.#end) return;
    const below = descendantsOf(pid);
    this.#child?.stdin?.end();
    if (!(await this.#isGoneWithin(stdinGraceMs))) {
      this.#hasSignalled = true;
      signalTree(pid, below, 'SIGTERM');
      await this.#isGoneWithin(termGraceMs);
    }
    const all = [...below, ...(this.#hasExited ? [] : descendantsOf(pid))];
    signalTree(pid, all, 'SIGKILL');
    await this.#gone.promise;
    await whenEnded(all, this.#options.clock, killGraceMs);
  }

  #isGoneWithin(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.setTimer(ms, () => resolve(false));
      void this.#gone.promise.then(() => {
        timer.dispose();
        resolve(true);
      });
    });
  }

  #read(child: ChildProcess): void {
    const decoder = new StringDecoder('utf8');
    let partial = '';
    const flush = () => {
      if (partial !== '') this.#options.onStderr(partial);
      partial = '';
    };
    child.stderr?.on('data', (chunk: Buffer) => {
      partial += decoder.write(chunk);
      const end = partial.lastIndexOf('\n');
      if (end >= 0) {
        const lines = partial.slice(0, end);
        partial = partial.slice(end + 1);
        this.#options.onStderr(lines);
      }
      if (partial.length > stderrLineMax) flush();
    });
    child.stderr?.on('end', flush);
    child.stdout?.on('data', (chunk: Buffer) => {
      try {
        this.#stdout.push(chunk);
      } catch (error) {
        child.stdout?.destroy();
        this.#fail(toAppError(error));
      }
    });
    for (const stream of [child.stdin, child.stdout, child.stderr]) {
      stream?.on('error', (error) => this.onerror?.(error));
    }
    child.once('exit', (code, signal) => {
      this.#hasExited = true;
      this.#end = this.#endOf(code ?? undefined, signal ?? undefined);
      // What it left running may hold the pipes open; its last words still have to be read.
      const timer = this.#options.clock.setTimer(drainMs, () => this.#finish());
      child.once('close', () => {
        timer.dispose();
        this.#finish();
      });
    });
  }

  #endOf(code: number | undefined, signal: string | undefined): ProcessEnd {
    // A crash that is noticed on its pipes makes the SDK close the transport before the exit is reported.
    const isAsked = this.#closing !== undefined && (code === 0 || this.#hasSignalled);
    return { code, signal, isAsked, cause: this.#cause };
  }

  #onLine(line: Buffer): void {
    const text = line.toString('utf8').trim();
    if (text === '') return;
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      this.#options.onNoise(text.slice(0, 500), line.length);
      return;
    }
    const messages: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
    for (const message of messages) {
      if (
        typeof message !== 'object' ||
        message === null ||
        (message as { jsonrpc?: unknown }).jsonrpc !== '2.0'
      ) {
        this.#options.onNoise(text.slice(0, 500), line.length);
        continue;
      }
      this.currentText = messages.length === 1 ? text : undefined;
      try {
        this.onmessage?.(message as JSONRPCMessage);
      } finally {
        this.currentText = undefined;
      }
    }
  }

  #fail(cause: AppError): void {
    this.#cause ??= cause;
    this.onerror?.(cause);
    this.killNow();
  }

  #finish(): void {
    const pid = this.#child?.pid;
    this.#end ??= this.#endOf(undefined, undefined);
    if (pid !== undefined && this.#hasExited) signalTree(pid, [], 'SIGKILL');
    this.#child?.stdout?.destroy();
    this.#child?.stderr?.destroy();
    this.#child?.stdin?.destroy();
    this.#gone.resolve();
    const onclose = this.onclose;
    delete this.onclose;
    onclose?.();
  }
}

function notStarted(command: string, error: unknown): AppError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') {
    return new AppError('connect-failed', `cannot start "${command}": the command was not found`, {
      cause: error,
      nextStep: `Install ${command}, or give its full path as "command" in the server's entry.`,
    });
  }
  if (code === 'EACCES') {
    return new AppError('connect-failed', `cannot start "${command}": it may not be executed`, {
      cause: error,
      nextStep: `Make ${command} executable, or correct "command" in the server's entry.`,
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new AppError('connect-failed', `cannot start "${command}": ${reason}`, { cause: error });
}
