import { env, l10n } from 'vscode';
import type { QualityReports } from '../core/qualityReports.ts';
import { qualityMarkdown } from '../core/qualityTexts.ts';
import { AppError } from '../core/util/errors.ts';
import type { Handlers } from '../shared/protocol.ts';

/** The intents of the quality tab. */
export function qualityHandlers(
  reports: Pick<QualityReports, 'of' | 'look'>,
): Pick<Handlers, 'quality.copy' | 'quality.look'> {
  return {
    'quality.copy': async ({ serverId, format }) => {
      const report = reports.of(serverId);
      if (!report) throw new AppError('not-found', l10n.t('This server is no longer configured.'));
      const shown = { ...report, at: new Date(report.at).toISOString() };
      await env.clipboard.writeText(
        format === 'json' ? JSON.stringify(shown, undefined, 2) : qualityMarkdown(report),
      );
      return null;
    },
    'quality.look': async ({ serverId }, signal) => {
      await reports.look(serverId, signal);
      return null;
    },
  };
}
