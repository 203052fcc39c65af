import { isJsonObject, type Json } from './json.ts';

/** What a language model is known by. */
export interface ModelFacts {
  readonly id: string;
  readonly name: string;
  readonly vendor: string;
  readonly family: string;
}

/** A model as an answer to a server's wish. */
export interface RankedModel<M extends ModelFacts = ModelFacts> {
  readonly model: M;
  /** The server's hint that it fits. */
  readonly hint: string | undefined;
}

const maxHints = 20;
const maxHint = 100;

/** The names that a server would like its model to have, best first (`modelPreferences.hints`). */
export function hintsOf(preferences: Json | undefined): readonly string[] {
  const hints = isJsonObject(preferences) ? preferences['hints'] : undefined;
  if (!Array.isArray(hints)) return [];
  return (hints as readonly Json[])
    .slice(0, maxHints)
    .flatMap((hint) => (isJsonObject(hint) && typeof hint['name'] === 'string' ? [hint['name'].trim()] : []))
    .filter((name) => name !== '' && name.length <= maxHint);
}

/** Models that fit a hint first, in the order of the hints (a hint is a part of a name, 2025-11-25 `ModelHint`); then the others as they came. */
export function rankModels<M extends ModelFacts>(
  models: readonly M[],
  hints: readonly string[],
): readonly RankedModel<M>[] {
  const hintOf = (model: M) =>
    hints.findIndex((hint) =>
      [model.id, model.family, model.name, `${model.vendor}/${model.id}`].some((name) =>
        name.toLowerCase().includes(hint.toLowerCase()),
      ),
    );
  return models
    .map((model) => ({ model, at: hintOf(model) }))
    .sort((a, b) => rank(a.at) - rank(b.at))
    .map(({ model, at }) => ({ model, hint: hints[at] }));
}

/** The model to offer first: the user's own last choice for the server, else the best fit. */
export function preferredModel<M extends ModelFacts>(
  ranked: readonly RankedModel<M>[],
  rememberedId: string | undefined,
): M | undefined {
  return (ranked.find(({ model }) => modelKey(model) === rememberedId) ?? ranked[0])?.model;
}

/** What a model is remembered by. */
export function modelKey({ vendor, id }: Pick<ModelFacts, 'vendor' | 'id'>): string {
  return `${vendor}/${id}`;
}

function rank(at: number): number {
  return at < 0 ? Number.MAX_SAFE_INTEGER : at;
}
