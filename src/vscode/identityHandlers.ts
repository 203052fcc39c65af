import { env, l10n } from 'vscode';
import { identityDocument } from '../core/identityDocument.ts';
import type { IdentityReports } from '../core/identityReports.ts';
import { AppError } from '../core/util/errors.ts';
import type { Handlers } from '../shared/protocol.ts';

/** The intents of the identity tab. `cards`: whether server cards, which are experimental, are asked for. */
export function identityHandlers(
  reports: Pick<IdentityReports, 'of' | 'check'>,
  cards: () => boolean,
): Pick<Handlers, 'identity.check' | 'identity.copy'> {
  return {
    'identity.check': async ({ serverId, olderCards }, signal) => {
      await reports.check(serverId, { cards: cards() || olderCards, legacyCards: olderCards }, signal);
      return null;
    },
    'identity.copy': async ({ serverId }) => {
      const found = reports.of(serverId);
      if (!found) throw new AppError('not-found', l10n.t('This server is no longer configured.'));
      await env.clipboard.writeText(
        JSON.stringify(identityDocument(found.report, found.changes), undefined, 2),
      );
      return null;
    },
  };
}
