import { l10n } from 'vscode';
import type { ClientFeatures } from '../core/connection.ts';
import type { JsonObject } from '../core/json.ts';
import { hasTools, promptDocument } from '../core/sampling.ts';
import type { SamplingRefusal, SamplingUse } from '../core/samplingUse.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import { isAppError } from '../core/util/errors.ts';
import { Store, type Readable } from '../core/util/store.ts';
import type { Settings } from './config.ts';
import { takesTools, type SamplingModels } from './samplingModels.ts';

/** What is declared to servers from the next connection on: sampling only where there is a model and something may be asked of it. */
export function watchFeatures(
  { models }: Pick<SamplingModels, 'models'>,
  settings: Readable<Settings>,
): { readonly features: Readable<ClientFeatures> } & Disposable {
  const read = (): ClientFeatures => {
    const { requestsPerHour, tokensPerDay } = settings.get().sampling;
    const all = models.get();
    const sampling = all.length > 0 && requestsPerHour > 0 && tokensPerDay > 0;
    return {
      elicitation: true,
      sampling,
      samplingTools: sampling && all.some(takesTools),
      roots: true,
      tasks: true,
      apps: true,
    };
  };
  const store = new Store(read());
  const disposables = new DisposableStore();
  disposables.add(models.subscribe(() => store.set(read())));
  disposables.add(settings.subscribe(() => store.set(read())));
  return { features: store, dispose: () => disposables.dispose() };
}

export interface SamplingGateDeps {
  readonly use: SamplingUse;
  readonly features: Readable<ClientFeatures>;
  /** Told what a server was refused, in words. */
  readonly onRefused: (serverId: string, text: string) => void;
}

/** Why a model request is not even shown: a limit, or something that no model here could be asked. */
export function createSamplingGate({
  use,
  features,
  onRefused,
}: SamplingGateDeps): (serverId: string, params: JsonObject) => string | undefined {
  const why = (serverId: string, params: JsonObject): string | undefined => {
    const refusal = use.take(serverId);
    if (refusal) return refusalText(refusal);
    if (hasTools(params) && !features.get().samplingTools) return 'no language model here takes tools';
    try {
      promptDocument(params);
      return undefined;
    } catch (error) {
      if (isAppError(error)) return error.message;
      throw error;
    }
  };
  return (serverId, params) => {
    const text = why(serverId, params);
    if (text !== undefined)
      onRefused(serverId, l10n.t('A request for a model’s answer was refused: {0}', text));
    return text;
  };
}

/** For the server, which reads English. */
function refusalText(refusal: SamplingRefusal): string {
  switch (refusal) {
    case 'off':
      return 'the user allows no model requests';
    case 'requests':
      return 'the limit of model requests in an hour is reached';
    case 'tokens':
      return 'the limit of model tokens in a day is reached';
  }
}
