import type { AppReview, ToAppHost } from '../src/shared/mcpAppMessages.ts';

/** Draws the question whether an app may be loaded; its texts become text nodes. */
export function showReview(root: HTMLElement, review: AppReview, post: (message: ToAppHost) => void): void {
  const main = element('div', 'review');
  main.append(element('h1', '', review.title), element('p', 'intro', review.intro));
  if (review.changed !== undefined) {
    const changed = element('p', 'notice', review.changed);
    changed.setAttribute('role', 'alert');
    main.append(changed);
  }
  const facts = element('dl', 'facts');
  for (const [label, value] of review.facts) facts.append(element('dt', '', label), foreign('dd', '', value));
  main.append(facts);
  for (const { title, items, none, isWarning } of review.groups) {
    const section = element('section', isWarning ? 'group warning' : 'group');
    section.append(element('h2', '', title));
    if (items.length === 0 && none !== undefined) section.append(element('p', 'none', none));
    if (items.length > 0) {
      const list = element('ul', '');
      for (const { text, note } of items) {
        const item = foreign('li', '', text);
        if (note !== undefined) item.append(' ', element('span', 'note', note));
        list.append(item);
      }
      section.append(list);
    }
    main.append(section);
  }
  main.append(element('p', 'outro', review.outro));
  const buttons = element('div', 'buttons');
  const open = button('primary', review.open, () => post({ kind: 'approve' }));
  buttons.append(
    open,
    button('', review.refuse, () => post({ kind: 'refuse' })),
  );
  main.append(buttons);
  root.replaceChildren(main);
}

function button(name: string, text: string, press: () => void): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = name;
  made.textContent = text;
  made.addEventListener('click', press);
  return made;
}

function element(tag: string, name: string, text = ''): HTMLElement {
  const made = document.createElement(tag);
  if (name !== '') made.className = name;
  if (text !== '') made.textContent = text;
  return made;
}

/** A text from outside, with a direction of its own. */
function foreign(tag: string, name: string, text: string): HTMLElement {
  const made = element(tag, name);
  const isolated = element('bdi', '', text);
  isolated.dir = 'auto';
  made.append(isolated);
  return made;
}
