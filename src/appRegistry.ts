import { randomUUID } from 'node:crypto';
import type { Page } from './core/dashboard.ts';
import { RegistryViews } from './core/dashboardRegistry.ts';
import type { InstallRecord } from './core/installRecord.ts';
import type { Clock, Logger, Memory, Secrets } from './core/ports.ts';
import { schemaAdvice } from './core/registrySchema.ts';
import { RegistryService } from './core/registryService.ts';
import type { SchemaValidator } from './core/schemaValidator.ts';
import type { Readable } from './core/util/store.ts';
import { PublicSuffixes, readyFirst } from './node/identitySites.ts';
import { openRegistryDatabase } from './node/registryDatabase.ts';
import { createRegistryClient, type RegistryHttpDeps } from './node/registryHttp.ts';
import { createRegistryRows } from './node/registryRows.ts';
import { entrySchemas } from './node/registrySchemas.ts';
import type { Dialogs } from './vscode/dialogs.ts';
import { registryCommands, registryHandlers, type RegistryCommandsDeps } from './vscode/registryCommands.ts';
import { watchRegistrySettings } from './vscode/registrySettings.ts';

/** What browsing registries is composed with. */
export interface RegistryParts {
  readonly stateDir: string;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly memory: Memory;
  readonly secrets: Secrets;
  readonly dialogs: Dialogs;
  readonly installed: Readable<readonly InstallRecord[]>;
  /** A token for a registry that wants a sign-in. */
  readonly token: NonNullable<RegistryHttpDeps['token']>;
}

/** What the registry page is built with. */
export interface RegistrySurface extends Pick<RegistryCommandsDeps, 'show' | 'navigate' | 'signIn'> {
  readonly validator: SchemaValidator;
}

/** Composes the registries; opens and asks nothing yet. */
export function createRegistries({ stateDir, version, ...parts }: RegistryParts) {
  const { clock, logger, memory, secrets, dialogs, installed, token } = parts;
  const registrySettings = watchRegistrySettings(memory);
  const { choice } = registrySettings;
  const suffixes = new PublicSuffixes();
  const service = new RegistryService({
    open: () => {
      const db = openRegistryDatabase(stateDir, (file, reason) =>
        logger.warn(`registry: the copy was damaged (${reason}) and set aside as ${file}; it is read again`),
      );
      return { index: createRegistryRows(db, logger, suffixes.siteOf), close: () => db.close() };
    },
    client: readyFirst(
      suffixes,
      createRegistryClient({ fetch, clock, random: Math.random, version, secrets, token }),
    ),
    choice,
    installed,
    clock,
    logger,
    owner: `pid-${process.pid}-${randomUUID()}`,
  });
  return {
    service,
    /** The public suffix list, for everybody who compares addresses. */
    suffixes,
    /** The parts that the dashboard needs; `show` opens it on a page, `navigate` goes to a page of the open one. */
    surface: ({ validator, ...ways }: RegistrySurface) => {
      const views = new RegistryViews({
        service,
        choice: () => choice.get(),
        advise: (entry) => schemaAdvice(entry, entrySchemas, validator),
        siteOf: suffixes.siteOf,
        known: () => installed.get().map(({ name }) => ({ name, title: undefined })),
      });
      const deps = { service, views, registrySettings, secrets, dialogs, ...ways };
      return {
        commands: registryCommands(deps),
        handlers: registryHandlers(deps),
        /** The registry page is looked at: copies are brought up to date. */
        view: (page: Extract<Page, { readonly kind: 'registry' }>) => {
          service.look();
          if (suffixes.loaded.get() === undefined)
            suffixes.load().catch((error: unknown) => logger.warn('no public suffixes', error));
          return views.view(page);
        },
      };
    },
    dispose: async () => {
      registrySettings.dispose();
      await service.close();
    },
  };
}
