import { noChange, type ElementPart } from 'lit-html';
import { Directive, directive } from 'lit-html/directive.js';

/** Sets what assistive technology reads; the toolkit's elements overwrite their `aria-label` when they are connected, so it is set again after that. */
class Named extends Directive {
  #name = '';

  override render(_name: string): typeof noChange {
    return noChange;
  }

  override update({ element }: ElementPart, [name]: [string]): typeof noChange {
    if (name === this.#name) return noChange;
    this.#name = name;
    element.setAttribute('aria-label', name);
    queueMicrotask(() => {
      if (element.getAttribute('aria-label') !== this.#name) element.setAttribute('aria-label', this.#name);
    });
    return noChange;
  }
}

/** Stands among an element's attributes: `<vscode-text-field ${named('Filter tools')}>`. */
export const named = directive(Named);
