import { isJsonObject } from '../core/json.ts';

/** A command argument that names a server: a row of the Servers view, or anything else with its id. */
export function serverIdOf(argument: unknown): string | undefined {
  return textOf(argument, 'serverId');
}

/** A command argument that names a job. */
export function jobIdOf(argument: unknown): string | undefined {
  return textOf(argument, 'jobId');
}

/** A command argument that names a tool of a server: a row of the Servers view or `{ serverId, tool }`. */
export function toolOf(argument: unknown): { readonly serverId: string; readonly tool: string } | undefined {
  const serverId = serverIdOf(argument);
  if (serverId === undefined || !isJsonObject(argument)) return undefined;
  const { item, tool } = argument;
  const name =
    typeof tool === 'string' ? tool : textOf(argument['kind'] === 'tool' ? item : undefined, 'name');
  return name === undefined ? undefined : { serverId, tool: name };
}

/** A command argument that names a prompt of a server: a row of the Servers view or `{ serverId, prompt }`. */
export function promptOf(
  argument: unknown,
): { readonly serverId: string; readonly prompt: string } | undefined {
  const serverId = serverIdOf(argument);
  if (serverId === undefined || !isJsonObject(argument)) return undefined;
  const { item, prompt } = argument;
  const name =
    typeof prompt === 'string' ? prompt : textOf(argument['kind'] === 'prompt' ? item : undefined, 'name');
  return name === undefined ? undefined : { serverId, prompt: name };
}

/** What `Copy Name` copies for a row. */
export function nameOf(argument: unknown): string | undefined {
  if (!isJsonObject(argument)) return undefined;
  const { item } = argument;
  return textOf(item, 'uri') ?? textOf(item, 'uriTemplate') ?? textOf(item, 'name');
}

/** A text property of an argument. */
export function textOf(argument: unknown, name: string): string | undefined {
  const value = isJsonObject(argument) ? argument[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}
