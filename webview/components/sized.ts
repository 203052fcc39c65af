import { noChange, type ElementPart } from 'lit-html';
import { Directive, directive } from 'lit-html/directive.js';

/** Sizes and places an element through the CSSOM: a style attribute, which lit's own styleMap starts with, is against the page's policy. */
class Sized extends Directive {
  override render(
    _styles: Readonly<Partial<Record<'width' | 'height' | 'transform', string>>>,
  ): typeof noChange {
    return noChange;
  }

  override update(part: ElementPart, [styles]: Parameters<Sized['render']>): typeof noChange {
    const { style } = part.element as HTMLElement;
    for (const [name, value] of Object.entries(styles)) {
      if (style.getPropertyValue(name) !== value) style.setProperty(name, value);
    }
    return noChange;
  }
}

/** Stands among an element's attributes: `<div ${sized({ height: '20px' })}>`. */
export const sized = directive(Sized);
