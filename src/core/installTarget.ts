import type { Source, SourceKind } from './server.ts';

/** A configuration file that a server can be written to. */
export interface InstallTarget {
  readonly source: Source;
  readonly exists: boolean;
  /** The servers that the file has now. */
  readonly names: readonly string[];
  /** Why nothing can be written there. */
  readonly refusal: string | undefined;
}

/** True for files whose inputs keep secrets out of them. */
export function knowsInputs(kind: SourceKind): boolean {
  return kind === 'workspace' || kind === 'user' || kind === 'given';
}

/** Which variables a program replaces in its file. */
export function readsOf(kind: SourceKind): 'none' | 'braces' | 'bare' {
  if (kind === 'claudeDesktop') return 'none';
  return kind === 'copilot' ? 'bare' : 'braces';
}

/** The first of `name`, `name-2`, … that is free. */
export function freeName(name: string, taken: readonly string[]): string {
  let free = name;
  for (let count = 2; taken.includes(free); count++) free = `${name}-${count}`;
  return free;
}

/** The id that a server of this name has in a file. */
export function serverIdIn({ source }: InstallTarget, name: string): string {
  return `${source.id}/${name}`;
}

/** The file and the name behind a server's id; undefined when the file is no longer in use. */
export function splitServerId(
  serverId: string,
  targets: readonly InstallTarget[],
): { readonly target: InstallTarget; readonly name: string } | undefined {
  for (const target of targets) {
    const name = serverId.slice(target.source.id.length + 1);
    if (serverId === serverIdIn(target, name) && name !== '') return { target, name };
  }
  return undefined;
}
