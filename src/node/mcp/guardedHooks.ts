import type { ConnectionHooks } from '../../core/connection.ts';
import type { Logger } from '../../core/ports.ts';

/** The same hooks, unable to harm the connection: what they throw is logged, and `roots` is empty then. */
export function guardHooks(hooks: ConnectionHooks, logger: Logger): ConnectionHooks {
  const guarded = <A extends readonly unknown[]>(name: string, fn: (...args: A) => void) => {
    return (...args: A): void => {
      try {
        fn(...args);
      } catch (error) {
        logger.error(`the hook ${name} of a connection failed`, error);
      }
    };
  };
  return {
    // An async function turns what it throws into a rejection, which the caller handles.
    ask: async (ask, origin, signal) => hooks.ask(ask, origin, signal),
    log: guarded('log', (level, text, isOurs) => hooks.log(level, text, isOurs)),
    stderr: guarded('stderr', (text) => hooks.stderr(text)),
    wantsFrames: () => hooks.wantsFrames?.() ?? true,
    frame: guarded('frame', (frame) => hooks.frame(frame)),
    callSent: guarded('callSent', (callId, requestId) => hooks.callSent?.(callId, requestId)),
    listChanged: guarded('listChanged', (list) => hooks.listChanged(list)),
    resourceUpdated: guarded('resourceUpdated', (uri) => hooks.resourceUpdated(uri)),
    taskChanged: guarded('taskChanged', (task) => hooks.taskChanged(task)),
    closed: guarded('closed', (reason) => hooks.closed(reason)),
    roots: () => {
      try {
        return hooks.roots();
      } catch (error) {
        logger.error('the hook roots of a connection failed', error);
        return [];
      }
    },
  };
}
