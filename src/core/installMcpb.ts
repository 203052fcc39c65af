import { remoteUrlProblem } from './installAddress.ts';
import type { PlanDraft, Platform } from './installDraft.ts';
import type { EntryPackage } from './registry.ts';

const notAZip = 'not a zip: plain executable, refuse automatic install';

/** Where a bundle is fetched and what its content must hash to; refuses bundles without a hash and files that are no bundles. */
export function planBundleDownload(
  draft: PlanDraft,
  entryPackage: EntryPackage,
): { readonly url: string; readonly sha256: string } | undefined {
  const { identifier, fileSha256 } = entryPackage;
  draft.refuseIf(remoteUrlProblem(identifier, draft.options.allowPrivate));
  if (fileSha256 === undefined || !/^[a-f0-9]{64}$/.test(fileSha256)) {
    draft.check(
      'hash',
      'fail',
      fileSha256 === undefined
        ? 'the entry names no SHA-256 of the bundle'
        : 'the SHA-256 of the entry is not one',
    );
    draft.refuseIf(
      'a bundle needs the SHA-256 of its file (fileSha256), and the entry has none that is usable',
    );
    return undefined;
  }
  const { bundle } = draft.options;
  if (bundle === undefined)
    draft.check('hash', 'unknown', 'the file is compared with the SHA-256 of the entry after the download');
  else
    draft.check(
      'hash',
      'pass',
      `the file has the SHA-256 of the entry${bundle.isSigned ? '; it also carries a signature, which nobody judged' : ''}`,
    );
  if (URL.canParse(identifier)) {
    const { host, pathname } = new URL(identifier);
    const isRelease = /^(?:github\.com|(?:.+\.)?gitlab\.com)$/.test(host);
    draft.check(
      'source',
      isRelease ? 'pass' : 'warn',
      isRelease ? `a file of ${host}` : `${host} is not one of the hosts that the official registry accepts`,
    );
    if (!isBundleName(pathname)) {
      const name = pathname.split('/').pop() ?? '';
      const isOtherArchive = /\.(?:gz|tgz|xz|bz2|7z|rar|tar)$/i.test(name);
      const text = isOtherArchive ? 'not a zip: another kind of archive, refuse automatic install' : notAZip;
      draft.review('refused', text);
      draft.refuseIf(`${name} is not a bundle: ${text}`);
    }
  }
  const platform = platformOf(entryPackage);
  const ours = draft.options.platform;
  if (platform !== undefined && ours !== undefined && !isFor(platform, ours)) {
    draft.refuseIf(`the bundle is for ${platformText(platform)}, this machine is ${platformText(ours)}`);
  }
  return { url: identifier, sha256: fileSha256 };
}

/** True for the file names that bundles have. */
export function isBundleName(path: string): boolean {
  return /\.(?:mcpb|dxt|zip)$/i.test(path);
}

/** The platform that a bundle's hint or file name says it is for; undefined when neither does. */
export function platformOf(entryPackage: EntryPackage): Partial<Platform> | undefined {
  const text =
    `${entryPackage.runtimeHint ?? ''} ${entryPackage.identifier.split('/').pop() ?? ''}`.toLowerCase();
  const os = /(?:^|[^a-z])(?:darwin|macos|osx|mac)(?:[^a-z]|$)/.test(text)
    ? 'darwin'
    : /(?:^|[^a-z])(?:windows|win32|win64|win)(?:[^a-z]|$)/.test(text)
      ? 'win32'
      : /(?:^|[^a-z])linux(?:[^a-z]|$)/.test(text)
        ? 'linux'
        : undefined;
  const arch = /(?:^|[^a-z0-9])(?:arm64|aarch64)(?:[^a-z0-9]|$)/.test(text)
    ? 'arm64'
    : /(?:^|[^a-z0-9])(?:amd64|x86_64|x64)(?:[^a-z0-9]|$)/.test(text)
      ? 'x64'
      : undefined;
  if (os === undefined || arch === undefined) return os === undefined ? undefined : { os };
  return { os, arch };
}

/** True when a bundle for `platform` runs on `machine`. */
export function isFor(platform: Partial<Platform>, machine: Platform): boolean {
  if (platform.os !== undefined && platform.os !== machine.os) return false;
  return platform.arch === undefined || platform.arch === machine.arch;
}

function platformText(platform: Partial<Platform>): string {
  const names = { darwin: 'macOS', linux: 'Linux', win32: 'Windows' } as const;
  return [platform.os && names[platform.os], platform.arch].filter((part) => part !== undefined).join(' ');
}
