import type { FetchLike } from '@modelcontextprotocol/client';

type Init = Parameters<FetchLike>[1];
interface Dispatcher {
  readonly constructor: new (options: { headersTimeout: number; bodyTimeout: number }) => object;
}

let dispatcher: object | undefined;
let isTried = false;

/**
 * Lifts the limit of five silent minutes that Node's `fetch` puts on every answer: a job may say nothing for longer.
 * Our own time-outs apply. Where Node does not offer its agent, the request goes out unchanged.
 */
export function patientInit(init: Init): Init {
  const patient = patientDispatcher();
  return patient ? ({ ...init, dispatcher: patient } as Init) : init;
}

function patientDispatcher(): object | undefined {
  if (isTried) return dispatcher;
  const found = (globalThis as Record<symbol, unknown>)[Symbol.for('undici.globalDispatcher.1')] as
    Dispatcher | undefined;
  // Set by the first fetch; somebody else's (a proxy's) is left alone.
  if (!found) return undefined;
  isTried = true;
  try {
    if (found.constructor.name === 'Agent')
      dispatcher = new found.constructor({ headersTimeout: 0, bodyTimeout: 0 });
  } catch {
    dispatcher = undefined;
  }
  return dispatcher;
}
