/** Whether a text fits a pattern in which `*` stands for any characters and `?` for one; linear work for each `*`. */
export function fitsGlob(pattern: string, text: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let retry = 0;
  while (from < text.length) {
    const sign = pattern[at];
    if (sign === '*') {
      star = at++;
      retry = from;
    } else if (sign === '?' || (sign !== undefined && sign === text[from])) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++retry;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

/** True when a text is a pattern and no plain name. */
export function isGlob(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?');
}
