import { identityReport } from '../../../src/core/identityReport.ts';
import { diffReports } from '../../../src/core/identityDiff.ts';
import type { ServerIdentity } from '../../../src/core/identityReports.ts';
import { packageOn, remoteOn } from '../../fakes/identityEvidence.ts';
import { minute, now } from './fixtures.ts';

const url = 'https://api.example.com/mcp';
const at = now - 5 * minute;
const connected = {
  connection: { kind: 'found', at, value: { status: 401, url, redirects: [], certificate: undefined } },
} as const;
const before = identityReport(remoteOn(url, {}, { now: at, ...connected }));

/** Reports of every verdict. */
export const identities: Readonly<Record<'unknown' | 'verified' | 'hostile' | 'blocked', ServerIdentity>> = {
  unknown: {
    report: identityReport(
      packageOn({ registryType: 'npm', identifier: 'x', version: '1.0.0' }, {}, { now }),
    ),
    changes: undefined,
    lookedAt: undefined,
  },
  verified: { report: before, changes: undefined, lookedAt: at },
  hostile: (() => {
    const title = 'GitНub <img src=x onerror=alert(1)> \u202Eevil';
    const report = identityReport(
      remoteOn('https://example.com.evil.test/mcp', { title, version: '2.0.0' }, { now }),
    );
    return { report, changes: diffReports(before, report), lookedAt: now };
  })(),
  blocked: {
    report: identityReport(
      remoteOn(url, {}, { now, access: { kind: 'blocked', reason: 'chat.mcp.deniedServers: \u202Ename' } }),
    ),
    changes: undefined,
    lookedAt: at,
  },
};
