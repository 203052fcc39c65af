import { noChange, type ElementPart } from 'lit-html';
import { Directive, directive } from 'lit-html/directive.js';

/** Sets what assistive technology reads. The toolkit's elements put a word of their own over it whenever they are connected (first drawn, moved, shown again): the name wins each time. */
class Named extends Directive {
  #name = '';
  #observer: MutationObserver | undefined;

  override render(_name: string): typeof noChange {
    return noChange;
  }

  override update({ element }: ElementPart, [name]: [string]): typeof noChange {
    this.#name = name;
    this.#put(element);
    if (this.#observer) return noChange;
    // Lives as long as its element: nothing else refers to it.
    this.#observer = new MutationObserver(() => this.#put(element));
    this.#observer.observe(element, { attributeFilter: ['aria-label'] });
    return noChange;
  }

  #put(element: Element): void {
    if (element.getAttribute('aria-label') !== this.#name) element.setAttribute('aria-label', this.#name);
  }
}

/** Stands among an element's attributes: `<vscode-text-field ${named('Filter tools')}>`. */
export const named = directive(Named);
