import type { JsonObject } from './jsonRpc.ts';
import { errorCode, isObject, notification, objectOr, RpcError, stringOr } from './jsonRpc.ts';
import type { LegacySession, Stream } from './legacySession.ts';
import { outcomeOf } from './modernFace.ts';
import { page } from './resources.ts';
import type { Question, Run } from './runs.ts';
import { isTerminal, ToolFailure } from './runs.ts';
import type { Service } from './service.ts';
import { featuresOf, rootsOf } from './service.ts';

const relatedTask = 'io.modelcontextprotocol/related-task';
const maxTtlMs = 7 * 86_400_000;
const askAgain = 3;

/** Tool calls and tasks of the 2025-11-25 face. */
export class LegacyCalls {
  readonly #service: Service;
  readonly #log: (session: LegacySession, level: string, text: string) => void;

  constructor(service: Service, log: (session: LegacySession, level: string, text: string) => void) {
    this.#service = service;
    this.#log = log;
  }

  /** `tools/call`, plain or with `task`. */
  async call(
    session: LegacySession,
    params: JsonObject,
    stream: Stream,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    const tool = this.#service.tool(params['name']);
    const task = params['task'];
    const isTask = isObject(task);
    if (isTask && !tool.isLong)
      throw new RpcError(errorCode.methodNotFound, `${tool.name} cannot run as a task`);
    if (!isTask && tool.isTaskOnly)
      throw new RpcError(errorCode.methodNotFound, `${tool.name} only runs as a task`);
    this.#service.journal.call(tool.name, { arguments: params['arguments'], era: 'legacy', isTask });
    try {
      const hasRoots = isObject(session.record.capabilities['roots']);
      let asked = await this.#service.prepare(tool, params['arguments'], hasRoots ? undefined : []);
      if (asked.kind === 'needs-roots') {
        const roots = rootsOf(await session.ask(stream, 'roots/list', {}, signal));
        asked = await this.#service.prepare(tool, params['arguments'], roots);
      }
      if (asked.kind === 'needs-roots') throw new ToolFailure('There is no workspace root.');
      if (!tool.isLong) return { ...this.#service.quick(tool.name, asked.args) };
      const ttl = isTask && typeof task['ttl'] === 'number' ? Math.min(task['ttl'], maxTtlMs) : undefined;
      const run = await this.#service.engine.start({
        tool: tool.name,
        args: asked.args,
        idempotencyKey: asked.idempotencyKey,
        mode: isTask ? 'task' : 'plain',
        features: featuresOf(session.record.capabilities),
        ttlMs: ttl ?? this.#service.options.ttlMs,
      });
      this.#log(session, 'info', `${tool.name} is run ${run.id}`);
      const token = objectOr(params['_meta'])['progressToken'];
      if (!isTask) return { ...(await this.#follow(session, run, stream, signal, token)) };
      session.watched.add(run.id);
      this.#reportTask(session, run, token);
      return { task: this.taskOf(run) };
    } catch (error) {
      if (error instanceof ToolFailure) return { ...error.toResult() };
      throw error;
    }
  }

  /** `tasks/get`. */
  get(session: LegacySession, params: JsonObject): JsonObject {
    const run = this.#task(params);
    if (!isTerminal(run)) session.watched.add(run.id);
    return this.taskOf(run);
  }

  /** `tasks/list`: every task of this state folder, newest first. */
  list(params: JsonObject): JsonObject {
    const tasks = this.#service.engine
      .list()
      .filter((run) => this.#isTask(run))
      .map((run) => this.taskOf(run));
    return page('tasks', tasks, stringOr(params['cursor']));
  }

  /** `tasks/result`: asks what is outstanding on its own stream, then gives exactly what the call would have given. */
  async result(
    session: LegacySession,
    params: JsonObject,
    stream: Stream,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    const run = this.#task(params);
    const remove = session.addTaskStream(run.id, stream);
    const meta = { [relatedTask]: { taskId: run.id } };
    try {
      const ended = AbortSignal.any([signal, stream.signal]);
      const finished = await this.#askUntilDone(session, run, stream, ended, meta, () => undefined);
      return { ...outcomeOf(this.#service, finished), _meta: meta };
    } finally {
      remove();
    }
  }

  /** `tasks/cancel`: the task is cancelled when this returns; rejects when it had ended before. */
  cancel(session: LegacySession, params: JsonObject): JsonObject {
    const run = this.#task(params);
    this.#service.journal.cancel(run.id);
    const cancelled = this.#service.engine.cancel(run.id, 'now', 'Cancelled on request');
    if (cancelled === undefined) {
      throw new RpcError(errorCode.invalidParams, `Cannot cancel task: it is already ${statusOf(run)}`);
    }
    session.watched.delete(run.id);
    return this.taskOf(cancelled);
  }

  /** A run as a 2025-11-25 `Task`. */
  taskOf(run: Run): JsonObject {
    return {
      taskId: run.id,
      status: statusOf(run),
      statusMessage: run.statusMessage,
      createdAt: new Date(run.createdAt).toISOString(),
      lastUpdatedAt: new Date(run.updatedAt).toISOString(),
      ttl: run.ttlMs,
      pollInterval: this.#service.options.pollMs,
    };
  }

  async #follow(session: LegacySession, run: Run, stream: Stream, signal: AbortSignal, token: unknown) {
    const report = progressReporter(token, (params) =>
      stream.send(notification('notifications/progress', params)),
    );
    report(run);
    try {
      const finished = await this.#askUntilDone(session, run, stream, signal, undefined, report);
      return outcomeOf(this.#service, finished);
    } catch (error) {
      const now = this.#service.engine.get(run.id);
      const isOnlyOurs = run.mode === 'plain' && run.calls === 1;
      // A broken stream alone is no cancellation in this revision, but a question nobody can answer any more is.
      const isStuck = stream.signal.aborted && now?.status === 'input_required';
      if (isOnlyOurs && (signal.aborted || isStuck)) {
        this.#service.journal.cancel(run.id);
        this.#service.engine.cancel(run.id, 'now', 'The client gave the call up');
      }
      throw error;
    }
  }

  async #askUntilDone(
    session: LegacySession,
    run: Run,
    stream: Stream,
    signal: AbortSignal,
    meta: JsonObject | undefined,
    onChange: (run: Run) => void,
  ): Promise<Run> {
    for (;;) {
      const settled = await this.#service.engine.settled(run.id, signal, onChange);
      if (isTerminal(settled)) return settled;
      const questions = Object.entries(settled.questions);
      await Promise.all(
        questions.map(([key, question]) =>
          this.#askOne(session, run.id, key, question, stream, signal, meta),
        ),
      );
    }
  }

  /** Asks until the answer fits or the question is gone; a client that cannot give one has dismissed it. */
  async #askOne(
    session: LegacySession,
    runId: string,
    key: string,
    question: Question,
    stream: Stream,
    signal: AbortSignal,
    meta: JsonObject | undefined,
  ): Promise<void> {
    const { engine, journal } = this.#service;
    // Another window, or the confirmation page, may settle the question first.
    const settledElsewhere = new AbortController();
    const stop = engine.onDidChange((run) => {
      if (run.id === runId && !(key in run.questions)) settledElsewhere.abort();
    });
    const ended = AbortSignal.any([signal, settledElsewhere.signal]);
    try {
      let problem = '';
      for (let attempt = 1; attempt <= askAgain; attempt += 1) {
        const params = {
          ...elicitation(runId, key, question, problem),
          ...(meta === undefined ? {} : { _meta: meta }),
        };
        const given = await session.ask(stream, 'elicitation/create', params, ended);
        try {
          const answer = this.#service.readAnswer(question, given);
          journal.answer(runId, key, { action: answer.action, isApplied: engine.answer(runId, key, answer) });
          if (question.kind === 'url' && answer.action === 'accept')
            this.#tellWhenVisited(session, runId, key);
          return;
        } catch (error) {
          problem = error instanceof Error ? error.message : String(error);
        }
      }
      this.#dismiss(runId, key);
    } catch (error) {
      if (signal.aborted || stream.signal.aborted) throw error;
      if (!settledElsewhere.signal.aborted) this.#dismiss(runId, key);
    } finally {
      stop();
    }
  }

  /** For a client that cannot give an answer that fits. */
  #dismiss(runId: string, key: string): void {
    const isApplied = this.#service.engine.answer(runId, key, { action: 'cancel' });
    this.#service.journal.answer(runId, key, { action: 'cancel', isApplied });
  }

  #tellWhenVisited(session: LegacySession, runId: string, key: string): void {
    const stop = this.#service.engine.onDidChange((run) => {
      const isVisited = run.id === runId && run.answers['browser'] !== undefined;
      if (isVisited)
        session.notify(
          notification('notifications/elicitation/complete', { elicitationId: elicitationId(runId, key) }),
          runId,
        );
      if (isVisited || (run.id === runId && isTerminal(run))) stop();
    });
  }

  #reportTask(session: LegacySession, run: Run, token: unknown): void {
    const report = progressReporter(token, (params) => {
      const related = { ...params, _meta: { [relatedTask]: { taskId: run.id } } };
      session.notify(notification('notifications/progress', related), run.id);
    });
    const stop = this.#service.engine.onDidChange((next) => {
      if (next.id !== run.id) return;
      report(next);
      if (isTerminal(next)) stop();
    });
  }

  #task(params: JsonObject): Run {
    const taskId = params['taskId'];
    const run = typeof taskId === 'string' ? this.#service.engine.get(taskId) : undefined;
    if (run === undefined || !this.#isTask(run))
      throw new RpcError(errorCode.invalidParams, 'Task not found');
    return run;
  }

  #isTask(run: Run): boolean {
    const isExpired = isTerminal(run) && Date.now() > run.createdAt + run.ttlMs;
    return run.mode === 'task' && !isExpired;
  }
}

function progressReporter(token: unknown, send: (params: JsonObject) => void): (run: Run) => void {
  let last = 0;
  return (run) => {
    if (run.progress <= last || (typeof token !== 'string' && typeof token !== 'number')) return;
    last = run.progress;
    send({ progressToken: token, progress: run.progress, total: run.total, message: run.statusMessage });
  };
}

function elicitation(runId: string, key: string, question: Question, problem: string): JsonObject {
  const message = problem === '' ? question.message : `${question.message} (${problem})`;
  return question.kind === 'form'
    ? { mode: 'form', message, requestedSchema: question.schema }
    : { mode: 'url', message, url: question.url, elicitationId: elicitationId(runId, key) };
}

function elicitationId(runId: string, key: string): string {
  return `${runId}/${key}`;
}

/** In this revision a result with `isError` counts as failed. */
function statusOf(run: Run): string {
  return run.status === 'completed' && run.result?.isError === true ? 'failed' : run.status;
}
