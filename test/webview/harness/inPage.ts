/** Scripts that look at a page from within, as text because this project's types know no DOM. */

/** Helpers that the other scripts use; defines `seen` once. */
export const helpers = `window.seen ??= (() => {
  const isShown = (element) => {
    if (!element.checkVisibility({ visibilityProperty: true })) return false;
    const { width, height } = element.getBoundingClientRect();
    return width > 1 && height > 1;
  };
  const deepActive = () => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return at;
  };
  const outer = (element) => {
    let at = element;
    while (at.getRootNode() instanceof ShadowRoot) at = at.getRootNode().host;
    return at;
  };
  const nameOf = (element) => {
    const host = outer(element);
    const text = (host.getAttribute('aria-label') ?? host.textContent ?? '').trim().replace(/\\s+/g, ' ').slice(0, 40);
    return host.tagName.toLowerCase() + '.' + [...host.classList].join('.') + ' "' + text + '"';
  };
  const controls = () =>
    [...document.querySelectorAll('button, a[href], input, select, textarea, summary, [tabindex], vscode-button, vscode-text-field, vscode-text-area, vscode-dropdown, vscode-checkbox, vscode-radio')].filter(
      (element) => isShown(element) && !element.disabled && element.getAttribute('aria-disabled') !== 'true' && !/^H[1-6]$/.test(element.tagName),
    );
  const parent = (element) => element.parentElement ?? (element.getRootNode() instanceof ShadowRoot ? element.getRootNode().host : null);
  const colour = (text) => {
    const match = /rgba?\\(([^)]*)\\)/.exec(text);
    if (!match) return undefined;
    const [r, g, b, a = 1] = match[1].split(/[ ,/]+/).map(Number);
    return { r, g, b, a };
  };
  const over = (top, below) => {
    const mix = (a, b) => a * top.a + b * (1 - top.a);
    return { r: mix(top.r, below.r), g: mix(top.g, below.g), b: mix(top.b, below.b), a: 1 };
  };
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = parent(at)) {
      const back = colour(getComputedStyle(at).backgroundColor);
      if (back && back.a > 0) layers.push(back);
      if (back?.a === 1) break;
    }
    return layers.reduceRight((below, top) => over(top, below), { r: 255, g: 255, b: 255, a: 1 });
  };
  const light = ({ r, g, b }) => {
    const part = (value) => ((value / 255) <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const contrast = (a, b) => {
    const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  return { isShown, deepActive, outer, nameOf, controls, parent, colour, over, ground, contrast };
})()`;

/** What has the focus and did not have it in this page yet: undefined when it is the page itself. */
export const tabStop = `(() => {
  const { deepActive, outer, nameOf } = window.seen;
  const active = deepActive();
  if (!active || active === document.body || active === document.documentElement) return { kind: 'out' };
  const host = outer(active);
  window.stops ??= new Set();
  const isKnown = window.stops.has(host);
  window.stops.add(host);
  return { kind: isKnown ? 'again' : 'new', name: nameOf(active), isShown: window.seen.isShown(host) };
})()`;

/** Names of controls that Tab did not reach and that are in no group whose arrow keys reach them. */
export const notReached = `(() => {
  const { controls, nameOf } = window.seen;
  const stops = [...(window.stops ?? [])];
  const group = '[role=tablist], [role=grid], [role=radiogroup], [role=listbox], [role=toolbar]';
  const isReached = (element) => {
    if (stops.some((stop) => stop === element || element.contains(stop))) return true;
    if (element instanceof HTMLInputElement && element.type === 'radio')
      return stops.some((stop) => stop instanceof HTMLInputElement && stop.name === element.name);
    const around = element.closest(group);
    return around !== null && stops.some((stop) => around.contains(stop));
  };
  // What only takes the focus when a page opens is no control.
  const isControl = (element) => element.tabIndex >= 0 || element.matches('button, a, input, select, textarea, summary, [role]') || element.tagName.includes('-');
  return controls().filter((element) => isControl(element) && !isReached(element)).map(nameOf);
})()`;

/** One control of each look that shows no visible difference when the keyboard is on it. */
export const ringless = `(() => {
  const { controls, nameOf, deepActive, outer, parent, colour, over, ground, contrast } = window.seen;
  const looks = new Set();
  const bad = [];
  const chain = (element) => {
    const all = [];
    for (let at = element; at && all.length < 6; at = parent(at)) all.push(at);
    return [...all, ...(outer(element).shadowRoot?.querySelectorAll('*') ?? [])];
  };
  const lines = (element) => {
    const style = getComputedStyle(element);
    const outline = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 ? style.outlineColor + ' ' + style.outlineStyle + ' ' + style.outlineWidth : '';
    const border = style.borderTopStyle !== 'none' && parseFloat(style.borderTopWidth) > 0 ? style.borderTopColor : '';
    const shadow = style.boxShadow === 'none' ? '' : style.boxShadow;
    return [outline, border, shadow];
  };
  for (const control of controls()) {
    if (control.tabIndex < 0 && !control.shadowRoot) continue;
    const look = control.tagName + [...control.classList].filter((name) => name !== 'selected').join('.') + control.getAttribute('role') + (control.getAttribute('appearance') ?? '') + control.type;
    if (looks.has(look)) continue;
    looks.add(look);
    control.focus();
    const active = deepActive();
    if (!active || active === document.body) continue;
    const nodes = chain(active);
    const focused = nodes.map(lines);
    active.blur();
    const plain = nodes.map(lines);
    const isVisible = nodes.some((node, i) =>
      focused[i].some((line, k) => {
        if (line === '' || line === plain[i][k]) return false;
        const drawn = colour(line);
        const around = ground(parent(outer(node)) ?? node);
        return drawn !== undefined && contrast(over(drawn, around), around) >= 3;
      }),
    );
    if (!isVisible) bad.push(nameOf(control) + ' ' + JSON.stringify(focused[0]));
  }
  return bad;
})()`;

/** What does not fit: sideways scrolling, text that is cut off, controls out of reach. */
export const cutOff = `(() => {
  const { isShown, nameOf, controls } = window.seen;
  const bad = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) bad.push('the page scrolls sideways: ' + root.scrollWidth);
  const scrolls = (value) => value === 'auto' || value === 'scroll';
  const isHidden = (element) => element.closest('.sr-only') !== null;
  for (const element of document.querySelectorAll('body, body *')) {
    if (!isShown(element) || isHidden(element) || element.closest('svg')) continue;
    const style = getComputedStyle(element);
    const isWide = element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0;
    if (isWide && scrolls(style.overflowX) && !element.matches('.tabs, .nav, pre, textarea, .code, .table, [data-wide]') )
      bad.push('scrolls sideways: ' + nameOf(element));
    if (isWide && (style.overflowX === 'hidden' || style.overflowX === 'clip') && style.textOverflow !== 'ellipsis')
      bad.push('cut off at the side: ' + nameOf(element));
    if (style.overflowY === 'hidden' && element.clientHeight > 0 && element.scrollHeight > element.clientHeight + 2 && !element.matches('.tabs, .nav, .ellipsis, .clamp') && style.textOverflow !== 'ellipsis' && !style.webkitLineClamp?.match(/\\d/))
      bad.push('cut off below: ' + nameOf(element) + ' ' + element.scrollHeight + ' > ' + element.clientHeight);
  }
  for (const control of controls()) {
    const { left, right, bottom } = control.getBoundingClientRect();
    const scroller = (axis) => { for (let at = control.parentElement; at; at = at.parentElement) if (scrolls(getComputedStyle(at)[axis])) return at; return null; };
    if ((left < -1 || right > innerWidth + 1) && !scroller('overflowX')) bad.push('out of sight: ' + nameOf(control));
    if (bottom > innerHeight + 1 && !scroller('overflowY')) bad.push('below the page: ' + nameOf(control));
  }
  for (const scroller of document.querySelectorAll('.scroll, .list'))
    if (isShown(scroller) && scroller.scrollHeight > scroller.clientHeight + 2 && scroller.clientHeight < 60) bad.push('only ' + scroller.clientHeight + 'px of room: ' + nameOf(scroller));
  return [...new Set(bad)];
})()`;

/** Names of animations that run, in shadow trees too. */
export const animations = `document.getAnimations({ subtree: true }).concat(
  [...document.querySelectorAll('*')].flatMap((element) => element.shadowRoot?.getAnimations() ?? []),
).filter(({ playState, effect }) => playState === 'running' && effect?.getComputedTiming().iterations === Infinity).map((one) => one.animationName ?? 'transition')`;
