import type { AppError } from '../../core/util/errors.ts';
import { toAppError } from '../../core/util/errors.ts';

export interface StreamGuard {
  /** Sees each chunk before the reader does, and ends the stream by throwing. */
  readonly watch: (chunk: Uint8Array) => void;
  /** Delays the next chunk. */
  readonly pace?: (bytes: number) => Promise<void> | undefined;
  /** The source ended or broke off. */
  readonly onEnd?: () => void;
  /** `watch` threw. */
  readonly onBroken?: (error: AppError) => void;
}

/** The same bytes, chunk by chunk and only as fast as they are read. */
export function guardedStream(
  body: ReadableStream<Uint8Array>,
  guard: StreamGuard,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let chunk: Awaited<ReturnType<typeof reader.read>>;
        try {
          chunk = await reader.read();
        } catch (error) {
          guard.onEnd?.();
          controller.error(error);
          return;
        }
        if (chunk.done) {
          guard.onEnd?.();
          controller.close();
          return;
        }
        try {
          guard.watch(chunk.value);
        } catch (error) {
          guard.onBroken?.(toAppError(error));
          controller.error(error);
          await reader.cancel(error).catch(() => {});
          return;
        }
        await guard.pace?.(chunk.value.byteLength);
        controller.enqueue(chunk.value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
