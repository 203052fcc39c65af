import {
  appCsp,
  allowOf,
  isLocalSource,
  type AppDeclaration,
  type AppPermission,
} from '../core/mcpAppPolicy.ts';
import type { LoadedApp } from '../core/mcpAppSession.ts';
import { oneLine } from '../core/util/text.ts';
import type { AppReview, AppReviewItem, AppRun } from '../shared/mcpAppMessages.ts';
import type { Translate } from './translate.ts';

/** The question whether an app may be loaded, with everything that it declares. */
export function appReview(app: LoadedApp, contentHash: string, isChanged: boolean, t: Translate): AppReview {
  const { declaration, html, uri } = app.document;
  const { connect, resources, frames, baseUris, permissions, refused } = declaration;
  const server = oneLine(app.server.definition.name, 200);
  const groups: AppReview['groups'] = [
    list(t('It may send and load data at'), connect, t),
    list(t('It may load scripts, styles, images and fonts from'), resources, t),
    list(t('It may show pages of'), frames, t),
    list(t('Its relative addresses may be based on'), baseUris, t),
  ].filter(({ items }) => items.length > 0);
  return {
    kind: 'review',
    title: t('Open the app of {0}?', server),
    intro: t('The server brings a page of its own that shows what its tool answered.'),
    ...(isChanged
      ? { changed: t('This app, or how its server is started, has changed since you opened it last.') }
      : {}),
    facts: [
      [t('Server'), server],
      [t('Tool'), oneLine(app.tool.name, 200)],
      [t('App'), uri],
      [t('Size'), t('{0} characters', html.length.toLocaleString())],
      [t('SHA-256'), contentHash],
    ],
    groups: [
      ...(groups.length > 0
        ? groups
        : [{ title: t('Network'), items: [], none: t('None: the app can reach no address.') }]),
      ...(permissions.length === 0
        ? []
        : [{ title: t('It asks for'), items: permissions.map((name) => permissionItem(name, t)) }]),
      ...(refused.length === 0
        ? []
        : [
            {
              title: t('It declares these too, which are no addresses it could be given'),
              isWarning: true,
              items: refused.map((text) => ({ text: oneLine(text, 300) })),
            },
          ]),
    ],
    outro: t(
      'The app runs in a sandbox: it sees neither your files nor this editor nor other servers. What it calls goes through the same approvals as every other call. You are asked again when the app changes.',
    ),
    open: t('Open App'),
    refuse: t('Do Not Open'),
  };
}

/** The page around an app that may run. */
export function appRun(app: LoadedApp, t: Translate): AppRun {
  const { declaration, prefersBorder } = app.document;
  const server = oneLine(app.server.definition.name, 200);
  const addresses = addressesOf(declaration);
  return {
    kind: 'run',
    source: t('What is below comes from the server {0}', server),
    reach:
      addresses.length === 0
        ? t('Sandbox, no network')
        : addresses.length === 1
          ? t('Sandbox, 1 address')
          : t('Sandbox, {0} addresses', addresses.length),
    reachDetail: addresses.length === 0 ? t('None: the app can reach no address.') : addresses.join('\n'),
    frameTitle: t('App of {0}', server),
    csp: appCsp(declaration),
    allow: allowOf(declaration),
    hasBorder: prefersBorder !== false,
    stopped: {
      left: t('The app tried to go to another page and was stopped.'),
      flood: t('The app sent too many messages and was stopped.'),
    },
  };
}

function addressesOf({ connect, resources, frames, baseUris }: AppDeclaration): readonly string[] {
  return [...new Set([...connect, ...resources, ...frames, ...baseUris])];
}

function list(
  title: string,
  sources: readonly string[],
  t: Translate,
): { readonly title: string; readonly items: readonly AppReviewItem[] } {
  const items = sources.map((text) => ({
    text,
    ...(isLocalSource(text) ? { note: t('(this computer)') } : {}),
  }));
  return { title, items };
}

function permissionItem(name: AppPermission, t: Translate): AppReviewItem {
  const refused = { note: t('(not given: an editor gives it to no page)') };
  switch (name) {
    case 'camera':
      return { text: t('Camera'), ...refused };
    case 'microphone':
      return { text: t('Microphone'), ...refused };
    case 'geolocation':
      return { text: t('Your location'), ...refused };
    case 'clipboardWrite':
      return { text: t('Writing to the clipboard') };
  }
}
