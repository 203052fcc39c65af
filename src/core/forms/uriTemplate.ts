// RFC 6570: expressions of all four levels, but no lists or maps, because what a form gives are texts.
const expression = /\{([+#./;?&]?)([^{}]*)\}/g;
const name = /^(?:[A-Za-z0-9_.]|%[0-9A-Fa-f]{2})+$/;

interface Style {
  readonly first: string;
  readonly separator: string;
  readonly isNamed: boolean;
  /** What an empty value of a named variable looks like. */
  readonly ifEmpty: string;
  readonly isReserved: boolean;
}

const plain: Style = { first: '', separator: ',', isNamed: false, ifEmpty: '', isReserved: false };
const styles: Readonly<Record<string, Style>> = {
  '': plain,
  '+': { ...plain, isReserved: true },
  '#': { ...plain, first: '#', isReserved: true },
  '.': { ...plain, first: '.', separator: '.' },
  '/': { ...plain, first: '/', separator: '/' },
  ';': { ...plain, first: ';', separator: ';', isNamed: true },
  '?': { ...plain, first: '?', separator: '&', isNamed: true, ifEmpty: '=' },
  '&': { ...plain, first: '&', separator: '&', isNamed: true, ifEmpty: '=' },
};

interface Variable {
  readonly name: string;
  /** Characters that are used of the value. */
  readonly length: number | undefined;
}

/** The names of a template's variables in order, each once. */
export function variablesOf(template: string): readonly string[] {
  const names = [...template.matchAll(expression)].flatMap(([, , list]) =>
    variables(list ?? '').map((one) => one.name),
  );
  return [...new Set(names)];
}

/** The address that a template makes of these values (RFC 6570 section 3.2); a variable without a value is left out. */
export function expandTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(expression, (_whole, operator: string, list: string) => {
    const style = styles[operator] ?? plain;
    const parts = variables(list).flatMap(({ name: own, length }) => {
      const value = Object.hasOwn(values, own) ? values[own] : undefined;
      if (value === undefined || value === '') return [];
      const cut = length === undefined ? value : [...value].slice(0, length).join('');
      const text = style.isReserved ? encodeReserved(cut) : encodeAll(cut);
      return [style.isNamed ? `${own}${text === '' ? style.ifEmpty : `=${text}`}` : text];
    });
    return parts.length === 0 ? '' : `${style.first}${parts.join(style.separator)}`;
  });
}

function variables(list: string): readonly Variable[] {
  return list.split(',').flatMap((spec) => {
    const [, own = '', prefix] = /^([^:*]*)(?::(\d{1,4}))?\*?$/.exec(spec.trim()) ?? [];
    return name.test(own) ? [{ name: own, length: prefix === undefined ? undefined : Number(prefix) }] : [];
  });
}

function encodeAll(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Leaves reserved characters, and what is encoded already, as they are. */
function encodeReserved(text: string): string {
  return text
    .toWellFormed()
    .split(/(%[0-9A-Fa-f]{2}|[:/?#[\]@!$&'()*+,;=])/)
    .map((part, i) => (i % 2 === 1 ? part : encodeAll(part)))
    .join('');
}
