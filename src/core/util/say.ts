/** Puts a text into the user's language: English, with {0}, {1} … for the values, which are put in as they are. */
export type Speech = (text: string, ...values: string[]) => string;

let speech: Speech | undefined;

/** From now on what is said is said through `next`; undefined: in English. */
export function speak(next: Speech | undefined): void {
  speech = next;
}

/**
 * A text for people, written in English where it is needed: say`There is no file ${name}.` Every such text is collected for the
 * translators. Not for what programs read: answers to agents, logs, keys.
 */
export function say(parts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  const shown = values.map(String);
  if (!speech) return parts.reduce((all, part, index) => all + (shown[index - 1] ?? '') + part);
  return speech(
    parts.reduce((all, part, index) => `${all}{${index - 1}}${part}`),
    ...shown,
  );
}

/** A table of texts, made in the language that is spoken when it is first read. */
export function sayings<T>(make: () => T): () => T {
  let made: { readonly table: T; readonly by: Speech | undefined } | undefined;
  return () => {
    if (made?.by !== speech || !made) made = { table: make(), by: speech };
    return made.table;
  };
}
