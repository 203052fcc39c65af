import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import * as esbuild from 'esbuild';
import { root } from '../../../scripts/processes.ts';

const run = promisify(execFile);

/** One version of a package: its program, bundled so that it depends on nothing. */
export interface PackedVersion {
  readonly version: string;
  /** TypeScript or JavaScript; imports are resolved from this repository. */
  readonly source: string;
}

/** A package registry on this machine with one package. */
export interface NpmRegistry {
  readonly url: string;
  /** The paths that were asked for. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Packs the versions with npm and serves them on the loopback interface, as `npx` expects a registry to. */
export async function startNpmRegistry(
  name: string,
  versions: readonly PackedVersion[],
): Promise<NpmRegistry> {
  const work = mkdtempSync(path.join(tmpdir(), 'switchboard-npm-'));
  const tarballs = new Map<string, Buffer>();
  const manifests: Record<string, Record<string, unknown>> = {};
  for (const { version, source } of versions) {
    const folder = path.join(work, version);
    mkdirSync(folder);
    const manifest = {
      name,
      version,
      bin: { server: 'server.mjs' },
      type: 'module',
      license: 'MIT',
      files: ['server.mjs'],
    };
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
    await esbuild.build({
      stdin: { contents: source, resolveDir: root, loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      banner: { js: '#!/usr/bin/env node' },
      outfile: path.join(folder, 'server.mjs'),
      logLevel: 'error',
    });
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', work], { cwd: folder });
    const [packed] = JSON.parse(stdout) as [{ readonly filename: string; readonly integrity: string }];
    const file = path.basename(packed.filename).replace(/^@/, '').replaceAll('/', '-');
    const bytes = readFileSync(path.join(work, file));
    tarballs.set(`/tarballs/${file}`, bytes);
    manifests[version] = {
      ...manifest,
      dist: {
        tarball: `/tarballs/${file}`,
        integrity: packed.integrity,
        shasum: createHash('sha1').update(bytes).digest('hex'),
      },
    };
  }
  rmSync(work, { recursive: true, force: true });

  const requests: string[] = [];
  const server = createServer((request, response) => {
    const url = decodeURIComponent(request.url ?? '');
    requests.push(url);
    const tarball = tarballs.get(url);
    if (tarball) {
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(tarball);
    } else if (url === `/${name}`) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(packument()));
    } else {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const packument = () => ({
    name,
    'dist-tags': { latest: versions[0]?.version },
    versions: Object.fromEntries(
      Object.entries(manifests).map(([version, manifest]) => {
        const dist = manifest['dist'] as { readonly tarball: string };
        return [version, { ...manifest, dist: { ...dist, tarball: `${url}${dist.tarball}` } }];
      }),
    ),
  });
  return {
    url,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
