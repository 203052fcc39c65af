import { parseEntry, isBadEntry } from '../../../src/core/registryParse.ts';
import type { Json } from '../../../src/core/json.ts';
import type { InstallChoices } from '../../../src/core/installFlow.ts';
import type { RegistryEntry } from '../../../src/core/registry.ts';
import { InstallBed, registry } from '../../fakes/installBed.ts';
import { FakeHost } from './fakeHost.ts';

/** A version of a made-up server with everything that a page can show. */
export function weather(version: string, change: Record<string, Json> = {}): RegistryEntry {
  const entry = parseEntry({
    server: {
      name: 'com.example/weather',
      title: 'Weather \u202Ereports',
      description: 'Forecasts and warnings for any place, <b>hourly</b>.',
      version,
      packages: [
        {
          registryType: 'npm',
          identifier: '@example/weather-mcp',
          version,
          transport: { type: 'stdio' },
          packageArguments: [
            {
              type: 'named',
              name: '--units',
              default: 'metric',
              choices: ['metric', 'imperial'],
              description: 'Units of all numbers',
            },
            { type: 'positional', valueHint: 'places', isRepeated: true, description: 'Places to follow' },
          ],
          environmentVariables: [
            {
              name: 'WEATHER_API_KEY',
              description: 'Your key of example.com',
              isRequired: true,
              isSecret: true,
            },
            {
              name: 'WEATHER_CACHE',
              format: 'boolean',
              default: 'true',
              description: 'Keeps answers for an hour',
            },
            { name: 'NODE_OPTIONS', value: '--max-old-space-size=512' },
          ],
        },
        {
          registryType: 'oci',
          identifier: 'docker.io/example/weather:latest',
          transport: { type: 'stdio' },
          runtimeArguments: [{ type: 'positional', value: '--privileged' }],
        },
        { registryType: 'pypi', identifier: 'weather-mcp', version, transport: { type: 'stdio' } },
        { registryType: 'conda', identifier: 'weather', version, transport: { type: 'stdio' } },
      ],
      remotes: [
        {
          type: 'streamable-http',
          url: 'https://{region}.example.com/mcp',
          variables: { region: { description: 'Region', choices: ['eu', 'us'], isRequired: true } },
          headers: [
            {
              name: 'Authorization',
              value: 'Bearer {token}',
              isSecret: true,
              isRequired: true,
              variables: { token: { isSecret: true, isRequired: true, description: 'Token' } },
            },
          ],
        },
      ],
      ...change,
    },
    _meta: {
      'io.modelcontextprotocol.registry/official': { status: 'active', publishedAt: '2026-03-01T00:00:00Z' },
    },
  });
  if (isBadEntry(entry)) throw new Error(entry.reason);
  return entry;
}

/** A host whose install page is driven by the real installer over files and secrets in memory. */
export class InstallHost extends FakeHost {
  readonly bed = new InstallBed();

  constructor(versions: readonly RegistryEntry[]) {
    super({ kind: 'install' });
    this.bed.versions = versions;
    const { installer } = this.bed;
    const signal = new AbortController().signal;
    installer.flow.subscribe((install) => void this.update({ install }));
    const done = async (work: unknown) => {
      await work;
      return null;
    };
    Object.assign(this.answers, {
      'install.open': async ({
        registry: registryId,
        name,
        version,
      }: {
        registry: string;
        name: string;
        version?: string;
      }) => done(installer.open({ registryId, name, version }, signal)),
      'install.choose': async ({ flowId, change }: { flowId: string; change: Partial<InstallChoices> }) =>
        done(installer.choose(flowId, change)),
      'install.version': async ({ flowId, version }: { flowId: string; version: string }) =>
        done(installer.chooseVersion(flowId, version)),
      'install.fetchBundle': ({ flowId }: { flowId: string }) => done(installer.fetchBundle(flowId, signal)),
      'install.validate': async ({ flowId, content }: { flowId: string; content: never }) => ({
        findings: installer.validate(flowId, content),
      }),
      'install.review': async ({ flowId, content }: { flowId: string; content: never }) => ({
        findings: await installer.review(flowId, content),
      }),
      'install.back': async ({ flowId }: { flowId: string }) => done(installer.back(flowId)),
      'install.confirm': ({ flowId, reviewId }: { flowId: string; reviewId: string }) =>
        done(installer.confirm(flowId, reviewId)),
      'install.close': ({ flowId }: { flowId: string }) => done(installer.close(flowId)),
      'install.undo': () => done(installer.undo()),
    } satisfies Partial<Record<keyof FakeHost['answers'], unknown>>);
  }

  /** Opens the page of a server. */
  async open(name = 'com.example/weather', version?: string): Promise<void> {
    await this.bed.installer.open({ registryId: registry.id, name, version }, new AbortController().signal);
  }
}
