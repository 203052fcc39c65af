import { l10n, Uri } from 'vscode';
import { userCaller, type Caller } from '../core/caller.ts';
import type { Connections, ServerSnapshot } from '../core/connections.ts';
import type { DefinitionGate } from '../core/definitionGate.ts';
import { isJsonObject, parseStored, type JsonObject } from '../core/json.ts';
import type { Jobs } from '../core/jobs.ts';
import { definitionHash } from '../core/pins.ts';
import type { GatedCall } from '../core/policyGate.ts';
import type { Sha256 } from '../core/ports.ts';
import type { ApprovalRequest, Requests } from '../core/requests.ts';
import type { RuleSubject } from '../core/ruleSuggestions.ts';
import { AppError } from '../core/util/errors.ts';
import type { ApprovalEditor } from './approvalEditor.ts';
import type { Dialogs } from './dialogs.ts';
import { forIconLabel } from './plainText.ts';
import { callerText } from './requestText.ts';
import { jobIdOf, serverIdOf, textOf, toolOf } from './targets.ts';

export interface PolicyCallsDeps {
  readonly connections: Pick<Connections, 'get' | 'servers'>;
  readonly definitions: DefinitionGate;
  readonly requests: Pick<Requests, 'get'>;
  readonly jobs: Pick<Jobs, 'get' | 'lastArguments'>;
  readonly approvals: Pick<ApprovalEditor, 'requestOf' | 'argumentsOf'>;
  /** Every agent that may call, and the language models. */
  readonly callers: () => readonly Caller[];
  readonly dialogs: Dialogs;
  readonly sha256: Sha256;
}

/** Finds or asks for the call that a rule or a dry run is about. */
export class PolicyCalls {
  readonly #deps: PolicyCallsDeps;

  constructor(deps: PolicyCallsDeps) {
    this.#deps = deps;
  }

  /** The call that an argument of a command names: an approval by its document, its row or id, or a job. */
  given(argument: unknown): RuleSubject | undefined {
    const { approvals, requests, jobs } = this.#deps;
    const request =
      argument instanceof Uri ? approvals.requestOf(argument) : requests.get(textOf(argument, 'id') ?? '');
    if (request?.kind === 'approval') return this.#subjectOf(request);
    const job = jobs.get(jobIdOf(argument) ?? '');
    return job && { serverId: job.serverId, tool: job.tool, caller: job.caller, arguments: job.arguments };
  }

  /** The call that was given, or one that the user puts together. */
  async whole(argument: unknown): Promise<RuleSubject> {
    const given = this.given(argument);
    if (given) return given;
    const { serverId, tool } = toolOf(argument) ?? (await this.#pickTool(await this.server(argument)));
    const caller = await this.#pickCaller();
    return { serverId, tool, caller, arguments: await this.#enterArguments(serverId, tool) };
  }

  /** A call as rules see it; throws `not-found` when its server does not offer such a tool now. */
  gated({ serverId, tool: name, caller, arguments: args }: RuleSubject): GatedCall {
    const { connections, definitions, sha256 } = this.#deps;
    const server = connections.get(serverId);
    const tool = server?.offer?.tools.items.find((item) => item.name === name);
    if (!server || !tool)
      throw new AppError('not-found', l10n.t('The tool {0} is not offered now.', name), {
        nextStep: l10n.t('Start its server first.'),
      });
    return {
      facts: {
        ...{ serverId, tool: name, caller },
        launchHash: server.definition.launchHash,
        definitionHash: definitionHash(tool, sha256),
        isNew: definitions.standing(serverId, tool) === 'new',
      },
      serverName: server.definition.name,
      hints: tool.annotations,
      arguments: args,
    };
  }

  /** The server that was given, or one that the user picks. */
  async server(argument: unknown): Promise<ServerSnapshot> {
    const { connections, dialogs } = this.#deps;
    const given = connections.get(typeof argument === 'string' ? argument : (serverIdOf(argument) ?? ''));
    if (given) return given;
    const picked = await dialogs.pick({
      title: 'MCP Switchboard',
      placeholder: l10n.t('Which server?'),
      items: connections.servers.get().map((server) => ({
        label: forIconLabel(server.definition.name),
        description: forIconLabel(server.definition.source.file),
        server,
      })),
    });
    if (!picked) throw turnedAway();
    return picked.server;
  }

  #subjectOf(request: ApprovalRequest): RuleSubject {
    const { serverId, definition, caller } = request;
    return {
      ...{ serverId, tool: definition.name, caller: caller ?? userCaller },
      arguments: this.#deps.approvals.argumentsOf(request),
    };
  }

  async #pickTool({ definition, offer }: ServerSnapshot) {
    const tools = offer?.tools.items ?? [];
    if (tools.length === 0)
      throw new AppError('not-found', l10n.t('{0} offers no tools now.', definition.name), {
        nextStep: l10n.t('Start its server first.'),
      });
    const picked = await this.#deps.dialogs.pick({
      title: 'MCP Switchboard',
      placeholder: l10n.t('Which tool?'),
      items: tools.map((tool) => ({
        label: forIconLabel(tool.name),
        description: forIconLabel(tool.title ?? ''),
        tool: tool.name,
      })),
    });
    if (!picked) throw turnedAway();
    return { serverId: definition.id, tool: picked.tool };
  }

  async #pickCaller(): Promise<Caller> {
    const callers = [userCaller, ...this.#deps.callers()];
    const picked = await this.#deps.dialogs.pick({
      title: 'MCP Switchboard',
      placeholder: l10n.t('Who calls?'),
      items: callers.map((caller) => ({
        label: forIconLabel(callerText(caller, l10n.t)),
        description: '',
        caller,
      })),
    });
    if (!picked) throw turnedAway();
    return picked.caller;
  }

  async #enterArguments(serverId: string, tool: string): Promise<JsonObject> {
    const text = await this.#deps.dialogs.enter({
      title: l10n.t('Arguments of {0}', forIconLabel(tool)),
      prompt: l10n.t('A JSON object'),
      value: JSON.stringify(this.#deps.jobs.lastArguments(serverId, tool) ?? {}),
      check: (typed) =>
        isJsonObject(parseStored(typed)) ? undefined : l10n.t('Arguments are a JSON object: { … }.'),
    });
    const value = parseStored(text);
    if (!isJsonObject(value)) throw turnedAway();
    return value;
  }
}

function turnedAway(): AppError {
  return new AppError('cancelled', 'the user turned away');
}
