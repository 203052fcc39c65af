import { createHash } from 'node:crypto';
import { chmod, mkdir, open, readdir, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { PlanOptions } from '../core/installDraft.ts';
import { planInstall, type InstallChoice, type InstallPlan } from '../core/installPlan.ts';
import type { InstallBundles } from '../core/installPorts.ts';
import { isBadManifest, parseManifest, type BundleManifest } from '../core/mcpbManifest.ts';
import type { UnpackedBundle } from '../core/mcpbPlan.ts';
import type { Clock, Logger, NewId } from '../core/ports.ts';
import { shortNameOf, type RegistryEntry } from '../core/registry.ts';
import { AppError, throwIfAborted } from '../core/util/errors.ts';
import { oneLine } from '../core/util/text.ts';
import type { GuardedFetch } from './guardedFetch.ts';
import type { ZipLimits } from './mcpbZip.ts';

/** What preparing bundles needs from outside. */
export interface BundleDeps {
  /** Where bundles are unpacked, each in a folder of its own. */
  readonly folder: string;
  readonly fetch: Pick<GuardedFetch, 'get'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: NewId;
  /** The user's home folder. */
  readonly home: string;
  readonly limits?: Partial<BundleLimits>;
}

/** Bounds of one bundle. */
export interface BundleLimits {
  readonly maxDownloadBytes: number;
  readonly timeoutMs: number;
  readonly zip: Partial<ZipLimits>;
}

const defaultLimits: BundleLimits = { maxDownloadBytes: 256 * 1024 * 1024, timeoutMs: 10 * 60_000, zip: {} };
const maxManifestBytes = 1024 * 1024;
const leftoverMs = 24 * 3_600_000;
const signatureEnd = 'MCPB_SIG_END';
const signatureStart = 'MCPB_SIG_V1';
const maxSignatureBytes = 1024 * 1024;

/** Bundles (mcpb): fetched from the address of the entry, compared with its SHA-256, unpacked, and planned by their manifest. */
export function createBundles(deps: BundleDeps): InstallBundles {
  return {
    prepare: (entry, choice, options, signal) => prepare(deps, entry, choice, options, signal),
    remove: async (folder) => {
      const inside = resolve(folder);
      if (!inside.startsWith(resolve(deps.folder) + sep))
        throw new AppError('invalid-input', `${folder} is no folder of a bundle`);
      await rm(inside, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function prepare(
  deps: BundleDeps,
  entry: RegistryEntry,
  choice: InstallChoice,
  options: PlanOptions,
  signal: AbortSignal,
): Promise<{ readonly plan: InstallPlan; readonly folder: string }> {
  const { download, kind, reasons } = planInstall(entry, choice, options);
  if (kind === 'refused' || download === undefined)
    throw new AppError('invalid-input', reasons.join('; ') || 'this package is no bundle');
  await sweep(deps);
  const stem = shortNameOf(entry.name)
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, 40);
  const folder = join(deps.folder, `${stem}-${deps.newId()}`);
  const [file, partial] = [`${folder}.download`, `${folder}.partial`];
  try {
    await mkdir(deps.folder, { recursive: true });
    await fetchTo(deps, file, download, options.allowPrivate ?? false, signal);
    const isSigned = await stripSignature(file);
    const { unpackZip } = await import('./mcpbZip.ts');
    const files = await unpackZip(file, partial, signal, { limits: deps.limits?.zip ?? {} });
    const manifest = await readManifest(partial, files);
    const bundle: UnpackedBundle = {
      manifest,
      folder,
      separator: sep,
      files,
      places: placesOf(deps.home),
      isSigned,
    };
    const { runtimes } = options;
    // Files of the bundle need not be looked for on this machine.
    const found = runtimes && new Set([...runtimes, ...[...files].map((path) => inside(folder, path))]);
    const plan = planInstall(entry, choice, { ...options, bundle, ...(found ? { runtimes: found } : {}) });
    await makeRunnable(plan, folder, partial);
    throwIfAborted(signal);
    await rename(partial, folder);
    return { plan, folder };
  } catch (error) {
    await rm(partial, { recursive: true, force: true, maxRetries: 5 });
    throw asStorage(error);
  } finally {
    await rm(file, { force: true });
  }
}

async function fetchTo(
  { fetch, limits }: BundleDeps,
  file: string,
  { url, sha256 }: { readonly url: string; readonly sha256: string },
  allowPrivate: boolean,
  signal: AbortSignal,
): Promise<void> {
  const hash = createHash('sha256');
  const handle = await open(file, 'wx', 0o600);
  try {
    const answer = await fetch.get(url, {
      maxBytes: limits?.maxDownloadBytes ?? defaultLimits.maxDownloadBytes,
      timeoutMs: limits?.timeoutMs ?? defaultLimits.timeoutMs,
      maxRedirects: 5,
      redirects: 'any', // releases lie on other hosts than their pages; the hash decides
      allowPrivate,
      signal,
      headers: { accept: 'application/octet-stream, */*' },
      sink: async (chunk) => {
        hash.update(chunk);
        await handle.writeFile(chunk);
      },
    });
    if (answer.status !== 200)
      throw new AppError(
        answer.status === 404 ? 'not-found' : 'server-error',
        `the bundle could not be fetched: ${new URL(answer.url).host} answered ${answer.status}`,
      );
  } finally {
    await handle.close();
  }
  const actual = hash.digest('hex');
  if (actual !== sha256)
    throw new AppError(
      'blocked',
      `the bundle is not the file that the registry describes: its SHA-256 is ${actual}, the entry says ${sha256}`,
      { nextStep: 'Do not install it. Tell the publisher: the file was changed after it was published.' },
    );
}

/** Cuts a signature off that is appended to the archive; true when there was one. Readers of zip files refuse what follows them. */
async function stripSignature(file: string): Promise<boolean> {
  const handle = await open(file, 'r+');
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, maxSignatureBytes);
    const tail = Buffer.alloc(length);
    await handle.read(tail, 0, length, size - length);
    if (!tail.subarray(-signatureEnd.length).equals(Buffer.from(signatureEnd))) return false;
    const start = tail.lastIndexOf(signatureStart);
    if (start < 22) return false;
    await cutBehind(handle, size - length + start, tail.subarray(start - 22, start));
    return true;
  } finally {
    await handle.close();
  }
}

async function cutBehind(handle: FileHandle, at: number, end: Buffer): Promise<void> {
  // Some signers count the signature as the comment of the archive.
  if (end.readUInt32LE(0) === 0x06054b50) await handle.write(Buffer.alloc(2), 0, 2, at - 2);
  await handle.truncate(at);
}

async function readManifest(folder: string, files: ReadonlySet<string>): Promise<BundleManifest> {
  const file = join(folder, 'manifest.json');
  if (!files.has('manifest.json')) throw bad('it holds no manifest.json');
  if ((await stat(file)).size > maxManifestBytes) throw bad('its manifest is larger than 1 MB');
  let json: unknown;
  try {
    json = JSON.parse((await readFile(file, 'utf8')).replace(/^\uFEFF/, ''));
  } catch (error) {
    throw bad(`its manifest is no JSON (${oneLine(error instanceof Error ? error.message : '', 120)})`);
  }
  const manifest = parseManifest(json);
  if (isBadManifest(manifest)) throw bad(manifest.reason);
  return manifest;
}

/** Archives made on Windows do not say which file may be run. */
async function makeRunnable(plan: InstallPlan, folder: string, partial: string): Promise<void> {
  if (plan.kind === 'refused' || plan.launch?.kind !== 'stdio') return;
  const { command } = plan.launch;
  if (command.startsWith(folder + sep)) await chmod(partial + command.slice(folder.length), 0o755);
}

/** Removes what a window left behind that was closed in the middle. */
async function sweep({ folder, clock, logger }: BundleDeps): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((one) => /\.(?:download|partial)$/.test(one))) {
    try {
      const path = join(folder, name);
      if (clock.now() - (await stat(path)).mtimeMs > leftoverMs)
        await rm(path, { recursive: true, force: true });
    } catch (error) {
      logger.warn(`bundles: ${name} could not be removed`, error);
    }
  }
}

function placesOf(home: string): Readonly<Record<string, string>> {
  return {
    HOME: home,
    DESKTOP: join(home, 'Desktop'),
    DOCUMENTS: join(home, 'Documents'),
    DOWNLOADS: join(home, 'Downloads'),
  };
}

function inside(folder: string, path: string): string {
  return `${folder}${sep}${path.replaceAll('/', sep)}`;
}

function bad(why: string): AppError {
  return new AppError('invalid-input', `the bundle cannot be used: ${why}`);
}

function asStorage(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new AppError('storage', `the bundle could not be stored: ${oneLine(text, 200)}`, { cause: error });
}
