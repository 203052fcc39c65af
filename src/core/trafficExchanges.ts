import type { Frame } from './connection.ts';
import { isJsonObject, parseStored, type JsonObject } from './json.ts';

/** How a message that wants an answer ended; `none` for one that wants none. */
export type ExchangeOutcome = 'answered' | 'failed' | 'waiting' | 'none' | 'stray' | 'invalid';

/** A request with its answer and what was said about it meanwhile, or a message that stands alone. */
export interface Exchange {
  /** Stays while frames are added and the oldest go. */
  readonly key: string;
  readonly first: Frame;
  readonly answer: Frame | undefined;
  /** Progress of the request, and its cancellation. */
  readonly notes: readonly Frame[];
  /** From the request to its answer. */
  readonly ms: number | undefined;
  readonly outcome: ExchangeOutcome;
  /** The exchange it goes on with: another round of a request that needed input, or a look at a task. */
  readonly partOf: { readonly kind: 'round' | 'task'; readonly key: string } | undefined;
}

/** What a frame says that pairing goes by. */
interface Facts {
  readonly number: number;
  readonly isError: boolean;
  readonly needsInput: boolean;
  readonly continues: boolean;
  /** What the server gave to go on with. */
  readonly requestState: string;
  readonly taskId: string | undefined;
  /** The request that a notification is about. */
  readonly about: string | number | undefined;
}

type Open = { -readonly [M in keyof Exchange]: Exchange[M] } & { notes: Frame[]; needsInput: boolean };

const other = { sent: 'received', received: 'sent' } as const;

/** Puts frames together to exchanges; reads each frame once, so that asking again while frames come in costs little. */
export class Exchanges {
  readonly #facts = new WeakMap<Frame, Facts>();
  #count = 0;

  /** Every frame is in exactly one exchange; in the order of their first frames. */
  of(frames: readonly Frame[]): readonly Exchange[] {
    const all: Open[] = [];
    const open = new Map<string, Open>();
    const tasks = new Map<string, Open>();
    const waitingForInput = new Map<string, Open>();
    for (const frame of frames) {
      const facts = this.#factsOf(frame);
      if (frame.kind === 'response') {
        const asked = open.get(requestKey(other[frame.direction], frame.id));
        if (asked && !asked.answer && frame.id !== undefined) {
          asked.answer = frame;
          asked.ms = Math.max(0, frame.at - asked.first.at);
          asked.outcome = facts.isError ? 'failed' : 'answered';
          asked.needsInput = facts.needsInput;
          if (facts.needsInput) waitingForInput.set(roundKey(asked.first, facts), asked);
          if (facts.taskId !== undefined && !tasks.has(facts.taskId)) tasks.set(facts.taskId, asked);
          continue;
        }
        all.push(alone(frame, facts, 'stray'));
        continue;
      }
      if (frame.kind === 'notification' && facts.about !== undefined) {
        // Progress comes from the side that was asked, a cancellation from the side that asks.
        const side = frame.method === 'notifications/progress' ? other[frame.direction] : frame.direction;
        const asked = open.get(requestKey(side, facts.about));
        if (asked) {
          asked.notes.push(frame);
          continue;
        }
      }
      const exchange = alone(frame, facts, frame.kind === 'invalid' ? 'invalid' : 'none');
      all.push(exchange);
      if (frame.kind !== 'request') continue;
      exchange.outcome = 'waiting';
      open.set(requestKey(frame.direction, frame.id), exchange);
      const before = facts.continues ? waitingForInput.get(roundKey(frame, facts)) : undefined;
      if (before) {
        waitingForInput.delete(roundKey(frame, facts));
        exchange.partOf = { kind: 'round', key: before.partOf?.key ?? before.key };
      }
      const task = frame.method?.startsWith('tasks/') ? tasks.get(facts.taskId ?? '') : undefined;
      if (task) exchange.partOf = { kind: 'task', key: task.partOf?.key ?? task.key };
    }
    return all;
  }

  #factsOf(frame: Frame): Facts {
    const known = this.#facts.get(frame);
    if (known) return known;
    const facts = { number: ++this.#count, ...readFacts(frame) };
    this.#facts.set(frame, facts);
    return facts;
  }
}

function alone(frame: Frame, { number }: Facts, outcome: ExchangeOutcome): Open {
  return {
    ...{ key: String(number), first: frame, answer: undefined, notes: [], ms: undefined, outcome },
    ...{ partOf: undefined, needsInput: false },
  };
}

/** JSON-RPC tells 1 from "1". */
function requestKey(direction: Frame['direction'], id: Frame['id']): string {
  return `${direction} ${typeof id} ${id}`;
}

/** Which request goes on: its method, what it is about, and the state that it was given, by which calls of one tool differ. */
function roundKey({ direction, method, text }: Frame, { requestState }: Facts): string {
  const about = /"(?:name|uri)":"((?:[^"\\]|\\.){0,200})"/.exec(text)?.[1];
  return JSON.stringify([direction, method, about, requestState]);
}

function readFacts({ kind, method, text, http }: Frame): Omit<Facts, 'number'> {
  const message = parseStored(text);
  const params = member(message, 'params');
  const result = member(message, 'result');
  // A long message is cut off; what is looked for stands near its beginning.
  const isCut = message === undefined;
  const about = params['progressToken'] ?? params['requestId'];
  return {
    isError:
      kind === 'response' &&
      ((http !== undefined && http.status >= 400) ||
        (isCut
          ? /^\{[^{}]{0,80}"error"\s*:/.test(text) || /"isError"\s*:\s*true/.test(text)
          : isJsonObject(message) && (message['error'] !== undefined || result['isError'] === true))),
    needsInput: kind === 'response' && result['resultType'] === 'input_required',
    continues:
      kind === 'request' && (params['requestState'] !== undefined || params['inputResponses'] !== undefined),
    requestState: stateOf(kind === 'response' ? result : params),
    taskId: taskIdOf(kind === 'response' ? result : params),
    about:
      (method === 'notifications/progress' || method === 'notifications/cancelled') &&
      (typeof about === 'string' || typeof about === 'number')
        ? about
        : undefined,
  };
}

function stateOf({ requestState }: JsonObject): string {
  return typeof requestState === 'string' ? requestState : '';
}

function taskIdOf(value: JsonObject): string | undefined {
  const id = (isJsonObject(value['task']) ? value['task'] : value)['taskId'];
  return typeof id === 'string' ? id : undefined;
}

function member(value: unknown, name: string): JsonObject {
  const found = isJsonObject(value) ? value[name] : undefined;
  return isJsonObject(found) ? found : {};
}
