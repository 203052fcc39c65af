/** Who asked for a call: the user, an agent through the gateway, or a language-model tool. */
export interface Caller {
  readonly kind: 'user' | 'gateway' | 'lm-tool' | 'command-line';
  /** Stable name that rules can match, e.g. `user`, `claude-code`. */
  readonly name: string;
}

/** The person at this editor. */
export const userCaller: Caller = { kind: 'user', name: 'user' };
