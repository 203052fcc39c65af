import type { Completions } from '../core/completions.ts';
import type { Handlers } from '../shared/protocol.ts';

/** The intent of fields that a server completes. */
export function completionHandlers(completions: Completions): Pick<Handlers, 'completion.ask'> {
  return { 'completion.ask': (query, signal) => completions.ask(query, signal) };
}
