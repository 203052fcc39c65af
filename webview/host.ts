import type { DashboardState } from '../src/core/dashboard.ts';
import type { Intent, IntentParams, IntentResult, ToHost, ToWebview } from '../src/shared/protocol.ts';

/** The part of a webview's window that messages come through. */
interface MessageWindow {
  addEventListener(kind: 'message', listener: (event: { readonly data: ToWebview }) => void): void;
  removeEventListener(kind: 'message', listener: (event: { readonly data: ToWebview }) => void): void;
  acquireVsCodeApi(): EditorApi;
}

/** What VS Code puts into a webview's window. */
interface EditorApi {
  postMessage(message: ToHost): void;
  getState(): unknown;
  setState(state: unknown): void;
}

/** Why a call failed; `code` is the host's error code, `cancelled` or `gone`. */
export class HostError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface Pending {
  readonly settle: (reply: Extract<ToWebview, { kind: 'reply' }>) => void;
  readonly fail: (error: HostError) => void;
}

/** The one link to the extension: complete states in, intents out. */
export interface Host {
  /** Always settles: with the answer, or with a `HostError`. Aborting tells the host and rejects at once. */
  call<M extends Intent>(method: M, params: IntentParams<M>, signal?: AbortSignal): Promise<IntentResult<M>>;
  /** Says that the view can show states; the host answers with the current one. */
  ready(): void;
  savedState(): unknown;
  saveState(state: unknown): void;
  /** Fails every pending call. */
  dispose(): void;
}

/** Connects to the extension; `onState` gets every state in order, older ones dropped. */
export function connectHost(onState: (state: DashboardState) => void): Host {
  const window = globalThis as unknown as MessageWindow;
  const api = window.acquireVsCodeApi();
  const pending = new Map<number, Pending>();
  let nextId = 0;
  let lastRev = -1;
  let isDisposed = false;

  const receive = (event: { readonly data: ToWebview }) => {
    const message = event.data;
    if (message.kind === 'state') {
      if (message.rev <= lastRev) return;
      lastRev = message.rev;
      onState(message.state);
    } else if (message.kind === 'reply') {
      pending.get(message.id)?.settle(message);
    }
  };
  window.addEventListener('message', receive);

  return {
    call: <M extends Intent>(method: M, params: IntentParams<M>, signal?: AbortSignal) =>
      new Promise<IntentResult<M>>((resolve, reject) => {
        if (isDisposed) return reject(new HostError('gone', 'the dashboard was closed'));
        if (signal?.aborted) return reject(new HostError('cancelled', 'cancelled'));
        const id = nextId++;
        const cancel = () => {
          api.postMessage({ kind: 'cancel', id });
          pending.get(id)?.fail(new HostError('cancelled', 'cancelled'));
        };
        const done = () => {
          pending.delete(id);
          signal?.removeEventListener('abort', cancel);
        };
        pending.set(id, {
          settle: (reply) => {
            done();
            if (reply.ok) resolve(reply.value as IntentResult<M>);
            else reject(new HostError(reply.code, reply.message));
          },
          fail: (error) => {
            done();
            reject(error);
          },
        });
        signal?.addEventListener('abort', cancel, { once: true });
        api.postMessage({ kind: 'call', id, method, params });
      }),
    ready: () => api.postMessage({ kind: 'ready' }),
    savedState: () => api.getState(),
    saveState: (state) => api.setState(state),
    dispose: () => {
      isDisposed = true;
      window.removeEventListener('message', receive);
      for (const call of [...pending.values()]) call.fail(new HostError('gone', 'the dashboard was closed'));
    },
  };
}
