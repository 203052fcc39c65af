import { randomUUID } from 'node:crypto';
import {
  access,
  chmod,
  constants,
  mkdir,
  readdir,
  readFile,
  rename,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { AgentGrant } from '../core/agentSnippets.ts';
import { isJsonObject } from '../core/json.ts';
import type { Logger } from '../core/ports.ts';
import type { GatewayConnection } from './gatewayBridge.ts';

export interface LauncherFilesDeps {
  /** Our own storage folder. */
  readonly folder: string;
  /** The bundled launcher in the folder of the extension, which changes with each version. */
  readonly bundle: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** This program, which can run as Node where no other is found. */
  readonly execPath: string;
  readonly logger: Logger;
}

/** The launcher and the connection files that it reads, in places that outlive an update; only the user can read them. */
export class LauncherFiles {
  readonly #deps: LauncherFilesDeps;

  constructor(deps: LauncherFilesDeps) {
    this.#deps = deps;
  }

  /** Writes the connection of a caller and returns what starts it. */
  async grant(callerId: string, connection: GatewayConnection): Promise<AgentGrant['command']> {
    await this.refresh();
    await this.#write(this.#fileOf(callerId), JSON.stringify(connection));
    const args = [this.#launcher, this.#fileOf(callerId)];
    const node = await this.#hasNode();
    return node
      ? { command: 'node', args, env: {} }
      : { command: this.#deps.execPath, args, env: { ELECTRON_RUN_AS_NODE: '1' } };
  }

  /** Puts the launcher of this version in place. */
  async refresh(): Promise<void> {
    const { folder, bundle } = this.#deps;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
    const wanted = await readFile(bundle, 'utf8');
    const found = await readFile(this.#launcher, 'utf8').catch(() => undefined);
    if (found !== wanted) await this.#write(this.#launcher, wanted);
  }

  /** Leads every caller's launcher to another address. */
  async moveTo(url: string): Promise<void> {
    for (const name of await readdir(this.#deps.folder).catch(() => [])) {
      if (!name.endsWith('.json')) continue;
      const file = join(this.#deps.folder, name);
      try {
        const value: unknown = JSON.parse(await readFile(file, 'utf8'));
        if (!isJsonObject(value) || value['url'] === url) continue;
        await this.#write(file, JSON.stringify({ ...value, url }));
      } catch (error) {
        this.#deps.logger.warn(`${file} could not be updated`, error);
      }
    }
  }

  /** Gives a caller's launcher a new token, if it has one. */
  async renew(callerId: string, connection: GatewayConnection): Promise<void> {
    const has = await access(this.#fileOf(callerId)).then(
      () => true,
      () => false,
    );
    if (has) await this.#write(this.#fileOf(callerId), JSON.stringify(connection));
  }

  /** Removes a caller's connection. */
  async revoke(callerId: string): Promise<void> {
    await unlink(this.#fileOf(callerId)).catch(() => {});
  }

  get #launcher(): string {
    return join(this.#deps.folder, 'gateway-stdio.cjs');
  }

  #fileOf(callerId: string): string {
    return join(this.#deps.folder, `${callerId.replace(/[^A-Za-z0-9-]/g, '_')}.json`);
  }

  async #write(file: string, text: string): Promise<void> {
    const draft = `${file}.${randomUUID()}.tmp`;
    try {
      await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
      await rename(draft, file);
    } catch (error) {
      await unlink(draft).catch(() => {});
      throw error;
    }
  }

  async #hasNode(): Promise<boolean> {
    const { env, execPath } = this.#deps;
    const name = execPath.toLowerCase().endsWith('.exe') ? 'node.exe' : 'node';
    for (const folder of (env['PATH'] ?? env['Path'] ?? '').split(delimiter)) {
      if (folder === '') continue;
      const isThere = await access(join(folder, name), constants.X_OK).then(
        () => true,
        () => false,
      );
      if (isThere) return true;
    }
    return false;
  }
}
