import type { AppPage } from '../shared/mcpAppMessages.ts';

/** What the HTML around an app, and of the question before it, is made from. */
export interface AppPageParts {
  /** The content security policy of the page. */
  readonly policy: string;
  /** For the script of the page, where its policy wants one. */
  readonly nonce?: string;
  readonly script: string;
  readonly style: string;
  readonly language: string;
  readonly title: string;
  readonly page: AppPage;
}

/** The policy of the page that asks whether an app may be loaded: one script and one style sheet of ours, nothing else. */
export function reviewPolicy(cspSource: string, nonce: string): string {
  return `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${cspSource}; form-action 'none'; base-uri 'none'`;
}

/** The HTML of such a page; nothing in it runs but our script, and everything foreign is text in a JSON block. */
export function appPage({ policy, nonce, script, style, language, title, page }: AppPageParts): string {
  return `<!DOCTYPE html>
<html lang="${attribute(language)}">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
<title>${attribute(title)}</title>
<link rel="stylesheet" href="${attribute(style)}">
</head>
<body>
<div id="app"></div>
<script type="application/json" id="page">${JSON.stringify(page).replaceAll('<', '\\u003c')}</script>
<script type="module"${nonce === undefined ? '' : ` nonce="${attribute(nonce)}"`} src="${attribute(script)}"></script>
</body>
</html>
`;
}

function attribute(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
