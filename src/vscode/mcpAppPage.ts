import type { AppPage } from '../shared/mcpAppMessages.ts';
import { attribute } from './dashboardPage.ts';

/** The texts of our two files behind such a page. */
export interface AppPageFiles {
  readonly script: string;
  readonly style: string;
}

/** What the HTML around an app, and of the question before it, is made from. */
export interface AppPageParts extends AppPageFiles {
  /** The content security policy of the page. */
  readonly policy: string;
  /** Where the policy wants one. */
  readonly nonce?: string;
  readonly language: string;
  readonly title: string;
  readonly page: AppPage;
}

/** The policy of the page that asks whether an app may be loaded: one script and one style sheet of ours, nothing else. */
export function reviewPolicy(nonce: string): string {
  return `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; form-action 'none'; base-uri 'none'`;
}

/**
 * The HTML of such a page. Everything foreign is text in a JSON block. Our files are in the page itself: an app inherits the policy of the
 * page around it, so that policy must not name an address of ours, and the editor's addresses cannot be named exactly.
 */
export function appPage({ policy, nonce, script, style, language, title, page }: AppPageParts): string {
  const allowed = nonce === undefined ? '' : ` nonce="${attribute(nonce)}"`;
  return `<!DOCTYPE html>
<html lang="${attribute(language)}">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
<title>${attribute(title)}</title>
<style${allowed}>${style.replaceAll('</', '<\\/')}</style>
</head>
<body>
<div id="app"></div>
<script type="application/json" id="page">${JSON.stringify(page).replaceAll('<', '\\u003c')}</script>
<script type="module"${allowed}>${script.replaceAll('</script', '<\\/script').replaceAll('<!--', '\\x3c!--')}</script>
</body>
</html>
`;
}
