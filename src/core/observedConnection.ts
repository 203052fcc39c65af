import type { Connection } from './connection.ts';
import { toAppError, type AppError } from './util/errors.ts';

/** The same connection, whose failures `onError` is told of before their caller is. */
export function observed(connection: Connection, onError: (error: AppError) => void): Connection {
  const watch = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      const failure = toAppError(error);
      onError(failure);
      throw failure;
    }
  };
  return {
    get info() {
      return connection.info;
    },
    get verdict() {
      return connection.verdict;
    },
    get resumeState() {
      return connection.resumeState;
    },
    tools: (...args) => watch(() => connection.tools(...args)),
    resources: (...args) => watch(() => connection.resources(...args)),
    resourceTemplates: (...args) => watch(() => connection.resourceTemplates(...args)),
    prompts: (...args) => watch(() => connection.prompts(...args)),
    readResource: (...args) => watch(() => connection.readResource(...args)),
    subscribeResource: (...args) => watch(() => connection.subscribeResource(...args)),
    getPrompt: (...args) => watch(() => connection.getPrompt(...args)),
    complete: (...args) => watch(() => connection.complete(...args)),
    call: (...args) => watch(() => connection.call(...args)),
    getTask: (...args) => watch(() => connection.getTask(...args)),
    listTasks: (...args) => watch(() => connection.listTasks(...args)),
    cancelTask: (...args) => watch(() => connection.cancelTask(...args)),
    watchTask: (...args) => connection.watchTask(...args),
    setLogLevel: (...args) => watch(() => connection.setLogLevel(...args)),
    rootsChanged: () => connection.rootsChanged(),
    close: () => connection.close(),
  };
}
