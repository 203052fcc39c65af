let isPressed = false;
let waiting: (() => void)[] = [];

/** Notices presses anywhere on the page; once, at the start. */
export function watchPresses(page: Window): void {
  page.addEventListener('pointerdown', () => (isPressed = true), { capture: true });
  for (const end of ['pointerup', 'pointercancel', 'dragend'] as const) {
    page.addEventListener(end, () => setTimeout(release), { capture: true });
  }
}

function release(): void {
  isPressed = false;
  const ready = waiting;
  waiting = [];
  for (const run of ready) run();
}

/**
 * Runs `fn` now, or after the click that is under way: leaving a field by pressing a button may show a message, and the
 * button must not move away from under the pointer before the click is complete.
 */
export function afterPress(fn: () => void): void {
  if (isPressed) waiting.push(fn);
  else fn();
}
