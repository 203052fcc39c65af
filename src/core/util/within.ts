import type { Clock } from '../ports.ts';

/** Resolves when the work is done, or after `ms`; never rejects for the work, which goes on by itself. */
export function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      timer.dispose();
      resolve();
    };
    const timer = clock.setTimer(ms, resolve);
    work.then(end, end);
  });
}
