import { createRequestStateCodec, type ServerContext } from '@modelcontextprotocol/server';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';

/** Texts that callers hold for us: readable by them, not changeable, and of one kind only. */
export interface Seal {
  seal(payload: JsonObject): Promise<string>;
  /** Undefined for what we did not seal, for another kind, or what is past its time. */
  open(text: string): Promise<JsonObject | undefined>;
}

/** Seals over one secret; `kind` keeps what is sealed for one use from another. */
export function createSeal(secret: Uint8Array, kind: string, ttlSeconds: number): Seal {
  const codec = createRequestStateCodec<Json>({ key: secret, ttlSeconds });
  return {
    seal: (payload) => codec.mint({ kind, payload }),
    open: async (text) => {
      try {
        // The context only matters to a codec that binds; ours is bound by what it carries.
        const value = await codec.verify(text, {} as ServerContext);
        if (!isJsonObject(value) || value['kind'] !== kind) return undefined;
        return isJsonObject(value['payload']) ? value['payload'] : undefined;
      } catch {
        return undefined;
      }
    },
  };
}
