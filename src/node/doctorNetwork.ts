import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { HostFacts, HttpExchange } from '../core/doctorFacts.ts';
import type { Clock } from '../core/ports.ts';
import { AppError } from '../core/util/errors.ts';
import { failureOf } from './doctorFailure.ts';

type Fetch = (input: string | URL, init?: RequestInit) => Promise<Response>;

/** Looks up the host of an address. Never rejects. */
export async function lookUpHost(address: string): Promise<Omit<HostFacts, 'ms'>> {
  const url = new URL(address);
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const base = { host: url.host, isSecure: url.protocol === 'https:' };
  if (isIP(name) !== 0)
    return { ...base, isLoopback: isLoopback(name), addresses: [name], failure: undefined };
  try {
    const found = await lookup(name, { all: true });
    const addresses = found.map((one) => one.address);
    return {
      ...base,
      addresses,
      isLoopback: addresses.length > 0 && addresses.every(isLoopback),
      failure: undefined,
    };
  } catch (error) {
    const failure = failureOf(new AppError('connect-failed', `${name} was not found`, { cause: error }));
    return { ...base, isLoopback: false, addresses: [], failure };
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}

const maxExchanges = 40;

/** A `fetch` that notes each request and what came back, without headers and bodies. */
export function watchedFetch(clock: Clock, send: Fetch) {
  const exchanges: HttpExchange[] = [];
  const note = (exchange: HttpExchange) => {
    if (exchanges.length < maxExchanges) exchanges.push(exchange);
  };
  const fetch: Fetch = async (input, init) => {
    const began = clock.now();
    const asked = placeOf(String(input));
    const base = { method: init?.method ?? 'GET', url: asked };
    try {
      const response = await send(input, init);
      const answeredBy = response.url === '' ? asked : placeOf(response.url);
      note({
        ...base,
        ms: clock.now() - began,
        status: response.status,
        contentType: response.headers.get('content-type')?.slice(0, 100) ?? undefined,
        redirectedTo: answeredBy === asked ? undefined : answeredBy,
        system: undefined,
      });
      return response;
    } catch (error) {
      // What was broken off by us says nothing about the server.
      if (init?.signal?.aborted !== true)
        note({
          ...base,
          ms: clock.now() - began,
          status: undefined,
          contentType: undefined,
          redirectedTo: undefined,
          system: failureOf(error).system,
        });
      throw error;
    }
  };
  return { exchanges: exchanges as readonly HttpExchange[], fetch };
}

/** Where a request went, without what could be secret in it. */
function placeOf(address: string): string {
  if (!URL.canParse(address)) return '';
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname}`.slice(0, 500);
}
