import { randomUUID } from 'node:crypto';
import type { GatewaySettings } from '../../core/gatewaySettings.ts';
import type { Readable } from '../../core/util/store.ts';
import type { Host } from '../host.ts';
import type { GatewayDeps } from './context.ts';
import { createGateway, type Gateway } from './gateway.ts';

/** What a gateway over a host needs beside the host. */
export interface HostGatewayOptions extends Pick<
  GatewayDeps,
  'authenticate' | 'isOffered' | 'questionsOf' | 'secret' | 'version' | 'logger'
> {
  readonly settings: Readable<GatewaySettings>;
}

/** The gateway over a host; it listens once started. */
export function hostGateway(host: Host, options: HostGatewayOptions): Gateway {
  const { connections, calls, jobs, callerAsks: asks, reports, clock, sha256, definitions } = host;
  return createGateway({
    ...{ connections, calls, jobs, asks, reports, clock, sha256, definitions },
    newId: randomUUID,
    ...options,
  });
}
