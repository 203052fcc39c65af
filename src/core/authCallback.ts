import { AppError } from './util/errors.ts';

/** What an authorization server may send back: names that we read, and the longest value of each. */
const names = ['state', 'code', 'iss', 'error', 'error_description', 'error_uri', 'scope', 'session_state'];
const maxQuery = 8192;
const statePattern = /^[\w-]{20,200}$/;

/** An answer that arrived at the editor's own address. */
export interface AuthCallback {
  readonly state: string;
  /** Form-encoded parameters, the unknown ones left out. */
  readonly query: string;
}

/** Reads the (decoded) query of a redirect to the editor. Throws `invalid-input` for anything but one answer to one sign-in. */
export function readCallback(query: string): AuthCallback {
  const refuse = (why: string): AppError =>
    new AppError('invalid-input', `a page sent the editor something that is no answer to a sign-in: ${why}`);
  if (query.length > maxQuery) throw refuse('it is too long');
  // The editor hands the query over decoded: a plus sign in it is one, and no space.
  const given = new URLSearchParams(query.replaceAll('+', '%2B'));
  const known = new URLSearchParams();
  for (const name of names) {
    const values = given.getAll(name);
    if (values.length > 1) throw refuse(`"${name}" is there ${values.length} times`);
    const [value] = values;
    if (value !== undefined) known.set(name, value);
  }
  const state = known.get('state') ?? '';
  if (!statePattern.test(state)) throw refuse('its state is none of ours');
  if (!known.has('code') && !known.has('error')) throw refuse('it has neither a code nor an error');
  return { state, query: known.toString() };
}
