import { AppError } from './util/errors.ts';

/** What a `<scheme>://mcp-switchboard.mcp-switchboard/install?…` asks for: a server of a registry, a server.json, or an install link. */
export type InstallRequest =
  | {
      readonly command: 'installServer';
      readonly argument: { readonly name: string; readonly version?: string };
    }
  | { readonly command: 'installFromLink'; readonly argument: { readonly link: string } };

/** Reads the decoded path and query of such a URI; throws `invalid-input` for anything else. */
export function installRequest(path: string, query: string): InstallRequest {
  const rest = path.replace(/^\/(?:mcp\/)?/, '');
  const isInstall = rest === 'install' || rest === 'install/';
  const json = /^\s*(?:config=)?(\{[^]*)$/i.exec(query)?.[1];
  if (isInstall && json !== undefined)
    return {
      command: 'installFromLink',
      argument: { link: `vscode:mcp/install?${encodeURIComponent(json)}` },
    };
  const parameters = new URLSearchParams(isInstall ? query : '');
  const url = isInstall ? parameters.get('url') : /^https:\/\//i.test(rest) ? rest : null;
  if (url !== null) {
    if (!/^https:\/\//i.test(url))
      throw new AppError('invalid-input', 'the link holds an address that is not https');
    return { command: 'installFromLink', argument: { link: url } };
  }
  const name = isInstall ? parameters.get('name') : (/^by-name\/(.+)$/.exec(rest)?.[1] ?? null);
  if (name === null || name.length > 200 || /[\s\p{C}]/u.test(name) || name === '')
    throw new AppError('invalid-input', 'the link does not say what to install');
  const version = parameters.get('version');
  return { command: 'installServer', argument: { name, ...(version === null ? {} : { version }) } };
}
