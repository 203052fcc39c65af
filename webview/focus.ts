/** Keeps the keyboard focus somewhere sensible when what had it is gone. */
export class Focus {
  readonly #root: HTMLElement;
  #wanted: 'heading' | 'problem' | undefined;
  #isAfterNavigation = false;

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  /** The page changed: if that took the focus away, it goes to the new heading. */
  afterNavigation(): void {
    this.#isAfterNavigation = true;
  }

  toFirstProblem(): void {
    this.#wanted = 'problem';
    queueMicrotask(() => this.settle());
  }

  toHeading(): void {
    this.#wanted = 'heading';
    queueMicrotask(() => this.settle());
  }

  /** Called after each drawing. */
  settle(): void {
    if (this.#wanted === 'problem') {
      const field = this.#root.querySelector<HTMLElement>(
        '[data-invalid], .completed-input[aria-invalid="true"]',
      );
      if (field) {
        this.#wanted = undefined;
        field.focus();
        field.scrollIntoView({ block: 'nearest' });
      }
    } else if (this.#wanted === 'heading') {
      this.#wanted = undefined;
      this.#heading()?.focus();
    } else if (this.#isAfterNavigation && isLost(document.activeElement)) {
      this.#heading()?.focus();
    }
    this.#isAfterNavigation = false;
  }

  #heading(): HTMLElement | undefined {
    const marked = this.#root.querySelector<HTMLElement>('[data-focus]');
    const all = [...this.#root.querySelectorAll<HTMLElement>('.chosen .detail h2[tabindex], h1[tabindex]')];
    return (
      marked ??
      all.find((heading) => heading.closest('.detail') !== null && heading.checkVisibility()) ??
      all.find((heading) => heading.checkVisibility())
    );
  }
}

function isLost(element: Element | null): boolean {
  return !element || element === document.body || !element.isConnected || !element.checkVisibility();
}
