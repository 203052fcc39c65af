import type { QualityReport, QualityRule } from './quality.ts';
import { codeSpan } from './util/markdown.ts';
import { say, sayings } from './util/say.ts';

/** What each rule is called and what its author can do, in the order of the report. */
export const qualityTexts = sayings(
  (): Readonly<Record<QualityRule, { readonly title: string; readonly advice: string }>> => ({
    'no-version': {
      title: say`A version`,
      advice: say`Say a version in serverInfo: clients cannot tell your releases apart without it.`,
    },
    'version-not-semver': {
      title: say`A semantic version`,
      advice: say`Use MAJOR.MINOR.PATCH, so that a client can tell a breaking change from a fix.`,
    },
    'changed-same-version': {
      title: say`Definitions that change only with the version`,
      advice: say`Raise the version when a name, text or schema changes: approvals are bound to the definition, and a change without a version looks like an attack.`,
    },
    'bad-name': {
      title: say`Names that every client takes`,
      advice: say`Keep names to 1–128 letters, digits, “_”, “-” and “.”.`,
    },
    'no-description': {
      title: say`Descriptions`,
      advice: say`Say what the tool does, and what it does not do.`,
    },
    'open-input-schema': {
      title: say`Input schemas`,
      advice: say`Name the properties, or say that there are none with "additionalProperties": false. Without them models guess and nothing can be checked.`,
    },
    'undescribed-parameter': {
      title: say`Described parameters`,
      advice: say`Give each property a description: it is all that a model and a person who approves see.`,
    },
    'no-output-schema': {
      title: say`Output schemas`,
      advice: say`Add an outputSchema: results can then be checked and used by programs.`,
    },
    'no-hints': {
      title: say`Hints`,
      advice: say`Say readOnlyHint, or destructiveHint and idempotentHint: without them clients must assume the worst.`,
    },
    'contradictory-hints': {
      title: say`Hints that agree with each other and with the name`,
      advice: say`A hint that does not fit costs more trust than none.`,
    },
    'flagged-text': {
      title: say`Texts that describe and do not instruct`,
      advice: say`Describe the tool. Orders to the model, secrets and hidden characters are what attacks look like.`,
    },
    overlap: {
      title: say`Boundaries to other servers`,
      advice: say`Say what sets the tool apart: a model that has both cannot know which one is meant.`,
    },
    'scopes-not-described': {
      title: say`Described scopes`,
      advice: say`Name the scopes in the challenge and link what they allow in resource_documentation.`,
    },
    'no-card': {
      title: say`A server card`,
      advice: say`Serve a card, so that clients can look before they connect. The format is still experimental.`,
    },
    'stale-card': {
      title: say`A card that is up to date`,
      advice: say`Make the card with each release.`,
    },
  }),
);

/** The report as Markdown, e.g. for an issue; foreign texts stand in code spans. */
export function qualityMarkdown(report: QualityReport): string {
  const version = report.version === undefined ? '' : ` ${codeSpan(report.version)}`;
  return [
    `# Metadata of ${codeSpan(report.server)}${version}`,
    '',
    `Looked at on ${new Date(report.at).toISOString()}. Findings, not a mark.`,
    ...report.findings.flatMap(({ title, advice, evidence, more }) => [
      '',
      `## ${title}`,
      '',
      advice,
      '',
      ...evidence.map(({ subject, detail }) => `- ${codeSpan(subject)}: ${codeSpan(detail)}`),
      ...(more > 0 ? [`- … and ${more} more`] : []),
    ]),
    ...(report.findings.length === 0 ? ['', 'Nothing was found.'] : []),
    '',
    '## In order',
    '',
    report.inOrder.map(({ title }) => title).join(' · ') || 'Nothing.',
    ...(report.notLooked.length === 0
      ? []
      : ['', '## Not looked at', '', ...report.notLooked.map(({ title, why }) => `- ${title}: ${why}`)]),
    '',
  ].join('\n');
}
