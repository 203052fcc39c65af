/** Who asked for a call: the user, an agent through the gateway, a language-model tool, or the page of a server (MCP Apps). */
export interface Caller {
  readonly kind: 'user' | 'gateway' | 'lm-tool' | 'command-line' | 'app';
  /** Stable name that rules can match, e.g. `user`, `claude-code`. */
  readonly name: string;
}

/** The person at this editor. */
export const userCaller: Caller = { kind: 'user', name: 'user' };

/** The app at a `ui://` address; no name of an agent has a colon. */
export function appCaller(uri: string): Caller {
  return { kind: 'app', name: `app:${uri}` };
}
