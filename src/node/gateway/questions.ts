import type { RunQuestion } from '../../core/callerRuns.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { HumanAnswer } from '../../core/requests.ts';
import { code, RpcFailure } from './rpc.ts';

/** A question as a request to the caller: pushed up to 2025-11-25, embedded from 2026-07-28 on. */
export function questionRequest(
  { ask, key }: RunQuestion,
  runId: string,
  isPushed: boolean,
): { readonly method: string; readonly params: JsonObject } {
  switch (ask.kind) {
    case 'sampling':
      return { method: 'sampling/createMessage', params: withoutMeta(ask.params) };
    case 'elicit-form': {
      const { message, schema } = ask;
      return { method: 'elicitation/create', params: { mode: 'form', message, requestedSchema: schema } };
    }
    case 'elicit-url': {
      const id = isPushed ? { elicitationId: ask.elicitationId ?? `${runId}/${key}` } : {};
      return {
        method: 'elicitation/create',
        params: { mode: 'url', message: ask.message, url: ask.url, ...id },
      };
    }
  }
}

/** What a caller answered; rejects what is no answer to this question. */
export function readAnswer({ ask, key }: RunQuestion, given: Json): HumanAnswer {
  const malformed = new RpcFailure(code.invalidParams, `the answer to ${key} is malformed`);
  if (!isJsonObject(given)) throw malformed;
  if (ask.kind === 'sampling') {
    if (typeof given['role'] !== 'string' || given['content'] === undefined) throw malformed;
    return { kind: 'accept', content: given };
  }
  const { action, content } = given;
  if (action === 'decline' || action === 'cancel') return { kind: action };
  if (action !== 'accept') throw malformed;
  if (ask.kind === 'elicit-url') return { kind: 'accept', content: {} };
  if (content !== undefined && !isJsonObject(content)) throw malformed;
  return { kind: 'accept', content: content ?? {} };
}

function withoutMeta(params: JsonObject): JsonObject {
  const { _meta: _between, task: _theirs, ...rest } = params;
  return rest;
}
