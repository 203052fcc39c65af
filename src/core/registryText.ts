import confusables from './confusables.json' with { type: 'json' };

const scripts = [
  'Latin',
  'Cyrillic',
  'Greek',
  'Armenian',
  'Cherokee',
  'Hebrew',
  'Arabic',
  'Georgian',
  'Coptic',
] as const;
const scriptPatterns = scripts.map((name) => [name, new RegExp(`\\p{Script=${name}}`, 'u')] as const);

/** The scripts that are mixed inside one word of the text, or between its words where letters look alike; undefined when none are. */
export function mixedScripts(text: string): readonly string[] | undefined {
  const found = scriptPatterns.filter(([, pattern]) => pattern.test(text)).map(([name]) => name);
  if (found.length < 2) return undefined;
  const inOneWord = text
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .some((word) => scriptPatterns.filter(([, pattern]) => pattern.test(word)).length > 1);
  const areAlike =
    found.includes('Latin') &&
    (found.includes('Cyrillic') || found.includes('Greek') || found.includes('Cherokee'));
  return inOneWord || areAlike ? found : undefined;
}

// Lower-case letters as they look in the fonts of an editor, where UTS 39 has no Latin letter for them, and look-alikes inside Latin.
const ownLookalikes: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['а', 'a'],
    ['ӑ', 'a'],
    ['в', 'b'],
    ['с', 'c'],
    ['ԁ', 'd'],
    ['е', 'e'],
    ['ё', 'e'],
    ['ҽ', 'e'],
    ['г', 'r'],
    ['ɡ', 'g'],
    ['һ', 'h'],
    ['н', 'h'],
    ['і', 'i'],
    ['ї', 'i'],
    ['ј', 'j'],
    ['к', 'k'],
    ['ӏ', 'l'],
    ['м', 'm'],
    ['п', 'n'],
    ['о', 'o'],
    ['ө', 'o'],
    ['р', 'p'],
    ['ԛ', 'q'],
    ['ѕ', 's'],
    ['т', 't'],
    ['у', 'y'],
    ['ү', 'y'],
    ['ѵ', 'v'],
    ['ԝ', 'w'],
    ['х', 'x'],
    ['ѡ', 'w'],
    ['α', 'a'],
    ['β', 'b'],
    ['ϲ', 'c'],
    ['ε', 'e'],
    ['η', 'n'],
    ['ι', 'i'],
    ['κ', 'k'],
    ['μ', 'u'],
    ['ν', 'v'],
    ['ο', 'o'],
    ['ρ', 'p'],
    ['τ', 't'],
    ['υ', 'u'],
    ['χ', 'x'],
    ['γ', 'y'],
    ['ω', 'w'],
    ['ζ', 'z'],
    ['ı', 'i'],
    ['ł', 'l'],
    ['ø', 'o'],
    ['đ', 'd'],
    ['0', 'o'],
    ['1', 'l'],
    ['3', 'e'],
    ['5', 's'],
  ].map(([from = '', to = '']) => [from, to]),
);

const lookalikes: ReadonlyMap<string, string> = new Map([
  ...Object.entries(confusables.looks).flatMap(([look, characters]) =>
    [...characters].map((character) => [character, look.toLowerCase()] as const),
  ),
  ...Object.entries(ownLookalikes),
]);

/** A text as it looks (UTS 39, read in lower case): no accents, nothing invisible, look-alike letters of other scripts as Latin ones. */
export function skeleton(text: string): string {
  return [...text.normalize('NFKD').replaceAll(/[\p{M}\p{Cf}]/gu, '')]
    .map(
      (character) =>
        lookalikes.get(character.toLowerCase()) ?? lookalikes.get(character) ?? character.toLowerCase(),
    )
    .join('')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w');
}

/** Titles that are worth imitating. */
export const wellKnownTitles: readonly string[] = [
  'GitHub',
  'GitLab',
  'Bitbucket',
  'Microsoft',
  'Azure',
  'Google',
  'Amazon',
  'AWS',
  'Apple',
  'Anthropic',
  'Claude',
  'OpenAI',
  'ChatGPT',
  'Slack',
  'Notion',
  'Atlassian',
  'Jira',
  'Confluence',
  'Linear',
  'Figma',
  'Stripe',
  'PayPal',
  'Cloudflare',
  'Vercel',
  'Netlify',
  'Supabase',
  'Firebase',
  'MongoDB',
  'PostgreSQL',
  'Redis',
  'Docker',
  'Kubernetes',
  'HashiCorp',
  'Terraform',
  'Grafana',
  'Datadog',
  'Sentry',
  'Salesforce',
  'HubSpot',
  'Zapier',
  'Dropbox',
  'Hugging Face',
  'Playwright',
  'Postman',
  'Snowflake',
  'Databricks',
];

// Words that are near a known title and mean something else.
const ordinaryWords = new Set(['openapi', 'postgres', 'postgre', 'googles', 'notions', 'linears']);

/** The known title that this text imitates: it looks the same, or is one letter away, without being the same; undefined when none. */
export function imitatedTitle(text: string, known: readonly string[] = wellKnownTitles): string | undefined {
  const lower = text.toLowerCase();
  const lowerJoined = joined(lower);
  const plainWords = new Set(wordsOf(lower));
  const ownLook = skeleton(text);
  const looks = [...new Set([...wordsOf(ownLook), joined(ownLook)])];
  return known.find((title) => {
    const plain = title.toLowerCase();
    // "Hugging Face" is often written as one word.
    const isOneWord = title.includes(' ') && lowerJoined.includes(joined(plain));
    const look = lookOf(title);
    if (isOneWord || plainWords.has(plain) || lower.includes(plain)) return false;
    return looks.some(
      (word) => word === look || (look.length >= 6 && !ordinaryWords.has(word) && isOneEditApart(word, look)),
    );
  });
}

// Every entry of a registry is compared with the same few titles.
const looksOfTitles = new Map<string, string>();

function lookOf(title: string): string {
  const kept = looksOfTitles.get(title);
  if (kept !== undefined) return kept;
  const look = joined(skeleton(title));
  if (looksOfTitles.size < 1_000) looksOfTitles.set(title, look);
  return look;
}

function joined(text: string): string {
  return text.replaceAll(/[\s._-]+/g, '');
}

function wordsOf(text: string): readonly string[] {
  return text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}

/** True when one insertion, deletion, replacement or swap of neighbours makes the two equal. */
export function isOneEditApart(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  if (restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1)) return true;
  return restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2);
}
