import { parseConfigText } from './config.ts';
import type { InstallCandidate } from './installChoice.ts';
import { launchDangers } from './installDangers.ts';
import type { InstallInput } from './installInputs.ts';
import type { InstallLink } from './installLink.ts';
import { template, type LaunchTemplate, type Template } from './installTemplate.ts';
import type { InputDefinition, Launch, Source } from './server.ts';
import { AppError } from './util/errors.ts';
import { referencesIn } from './variableReferences.ts';

const nowhere: Source = { id: 'link', kind: 'user', file: 'install link', folder: undefined };

/** The one way to install what a link describes in the words of a configuration file; throws `invalid-input` when it would not load. */
export function linkCandidate(link: Extract<InstallLink, { kind: 'config' }>): InstallCandidate {
  const { name, config, inputs } = link;
  const text = JSON.stringify({ servers: { [name]: config }, inputs });
  const { servers, problems } = parseConfigText(nowhere, text, () => '');
  const definition = servers.find((server) => server.name === name);
  const [problem] = problems;
  if (!definition || problem)
    throw new AppError('invalid-input', `the install link describes no server: ${problem?.message ?? ''}`);
  const { launch } = definition;
  if (launch.kind === 'stdio' && launch.envFile !== undefined)
    throw new AppError('invalid-input', 'the install link names a file of this machine (envFile)');
  const isCommand = definition.inputs.some((input) => input.kind === 'command');
  if (isCommand) throw new AppError('invalid-input', 'the install link would run a command of VS Code');
  const asked = definition.inputs.map(installInput);
  const made = templateOf(launch);
  return {
    choice: launch.kind === 'http' ? { kind: 'remote', index: 0 } : { kind: 'package', index: 0 },
    plan: {
      kind: 'runnable',
      server: { name, title: undefined, version: '' },
      serverName: name,
      subject:
        launch.kind === 'http'
          ? {
              kind: 'remote',
              index: 0,
              transport: launch.transport === 'sse' ? 'sse' : 'streamable-http',
              url: launch.url,
            }
          : {
              kind: 'package',
              index: 0,
              registryType: 'command',
              identifier: launch.command,
              version: undefined,
            },
      review: [],
      dangers: launchDangers(
        launch,
        definition.inputs,
        launch.kind === 'stdio' ? launch.args.map((word) => ({ text: word, reader: 'runner' })) : [],
      ),
      checks: [],
      notes: [],
      runtime:
        launch.kind === 'stdio' ? { command: launch.command, isFound: undefined, hint: '' } : undefined,
      download: undefined,
      reasons: [],
      launch,
      connectTo: undefined,
      template: made,
      connectTemplate: undefined,
      inputs: asked,
    },
  };
}

function installInput(input: InputDefinition): InstallInput {
  return {
    ...input,
    label: input.description === '' ? input.id : input.description,
    origin: 'argument',
    format: 'string',
    isRequired: input.default === undefined,
    isSecret: input.isPassword,
    isRepeated: false,
    isFlag: false,
    placeholder: undefined,
    pattern: undefined,
    min: undefined,
    max: undefined,
    isUsed: true,
  };
}

function templateOf(launch: Launch): LaunchTemplate {
  if (launch.kind === 'http') {
    return {
      kind: 'http',
      transport: launch.transport === 'sse' ? 'sse' : 'streamable-http',
      url: parts(launch.url),
      headers: Object.entries(launch.headers).map(([name, value]) => ({ name, value: parts(value) })),
    };
  }
  return {
    kind: 'stdio',
    command: parts(launch.command),
    args: launch.args.map((word) => ({
      words: [parts(word)],
      flag: undefined,
      repeat: undefined,
      needs: [],
      reader: 'runner',
    })),
    env: Object.entries(launch.env).map(([name, value]) => ({ name, value: parts(value) })),
    cwd: launch.cwd,
  };
}

/** A text with its `${input:…}` as inputs; other variables stay as the link has them. */
function parts(text: string): Template {
  const found: Template[number][] = [];
  let end = 0;
  for (const reference of referencesIn(text)) {
    if (reference.isBare || reference.name !== 'input' || reference.argument === undefined) continue;
    found.push(text.slice(end, reference.start), { input: reference.argument });
    end = reference.end;
  }
  return template([...found, text.slice(end)]);
}
