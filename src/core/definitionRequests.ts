import type { Definitions } from './definitions.ts';
import { pendingOf } from './definitions.ts';
import type { ServerReview } from './definitionReview.ts';
import { pinKey } from './pins.ts';
import type { Clock } from './ports.ts';
import type { DefinitionChangeRequest, Requests } from './requests.ts';
import { isAppError } from './util/errors.ts';
import type { Disposable } from './util/disposables.ts';

export interface DefinitionRequestDeps {
  readonly definitions: Pick<Definitions, 'reviews'>;
  readonly requests: Pick<Requests, 'ask'>;
  readonly clock: Clock;
}

interface Open {
  readonly key: string;
  readonly withdraw: AbortController;
}

/** The inbox's request of each server that has definitions to review; one per server, replaced when there is something else to look at. */
export function askForReviews({ definitions, requests, clock }: DefinitionRequestDeps): Disposable {
  const open = new Map<string, Open>();
  const follow = (reviews: ReadonlyMap<string, ServerReview>) => {
    for (const [serverId, { withdraw }] of open) {
      if (reviews.has(serverId)) continue;
      open.delete(serverId);
      withdraw.abort();
    }
    for (const [serverId, review] of reviews) {
      const pending = pendingOf(review);
      const key = pending.map((item) => `${item.hash} ${pinKey(item)}`).join('\n');
      const before = open.get(serverId);
      if (before?.key === key || (!before && key === '')) continue;
      open.delete(serverId);
      before?.withdraw.abort();
      if (key === '') continue;
      const withdraw = new AbortController();
      open.set(serverId, { key, withdraw });
      const names = (state: string) =>
        pending
          .filter((item) => item.state === state)
          .map(({ kind, name }) => (kind === 'instructions' ? kind : name));
      const request: DefinitionChangeRequest = {
        kind: 'definition-change',
        id: requestIdOf(serverId),
        serverId,
        serverName: review.serverName,
        createdAt: clock.now(),
        ...{ caller: undefined, jobId: undefined, tool: undefined },
        changed: names('changed'),
        added: names('new'),
      };
      requests.ask<'definition-change'>(request, withdraw.signal).catch((error: unknown) => {
        if (!isAppError(error, 'cancelled')) throw error;
      });
    }
  };
  const subscription = definitions.reviews.subscribe(follow);
  follow(definitions.reviews.get());
  return {
    dispose: () => {
      subscription.dispose();
      for (const { withdraw } of open.values()) withdraw.abort();
      open.clear();
    },
  };
}

/** The id of the request about a server's definitions. */
export function requestIdOf(serverId: string): string {
  return `definitions of ${serverId}`;
}
