import * as z from 'zod';
import type { JsonObject } from '../core/json.ts';

const pixels = z.number().min(0).max(100_000);

/** Where an app is shown, as the page around it sees it. */
export const appEnvironment = z.strictObject({
  theme: z.enum(['light', 'dark']),
  /** The extension's style variables in the colours of the editor. */
  variables: z.record(z.string().max(80), z.string().max(300)),
  width: pixels,
  maxHeight: pixels,
  timeZone: z.string().max(100),
  hasTouch: z.boolean(),
  hasHover: z.boolean(),
});

/** Where an app is shown. */
export type AppEnvironment = z.infer<typeof appEnvironment>;

/** What the page around an app sends to the host; there is no way to approve a tool call among it. */
export const toAppHost = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('approve') }), // the app may be loaded
  z.strictObject({ kind: z.literal('refuse') }),
  z.strictObject({ kind: z.literal('ready'), environment: appEnvironment }),
  z.strictObject({ kind: z.literal('environment'), environment: appEnvironment }),
  z.strictObject({ kind: z.literal('message'), text: z.string().max(1_500_000) }), // of the app, unchecked
  z.strictObject({ kind: z.literal('stopped'), reason: z.enum(['left', 'flood']) }), // the page took the app away
]);

/** What the page around an app sends to the host. */
export type ToAppHost = z.infer<typeof toAppHost>;

/** What the host sends to the page around an app. */
export type ToAppPage =
  | { readonly kind: 'load'; readonly html: string }
  | { readonly kind: 'message'; readonly message: JsonObject }
  | { readonly kind: 'height'; readonly pixels: number }
  | { readonly kind: 'stop'; readonly text: string };

/** One line of a list in the review: an address or a name, and what there is to say about it. */
export interface AppReviewItem {
  readonly text: string;
  readonly note?: string;
}

/** The question before an app is loaded; every text is visible text in the user's language. */
export interface AppReview {
  readonly kind: 'review';
  readonly title: string;
  readonly intro: string;
  /** Said when another version of the app was let in before. */
  readonly changed?: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly groups: readonly {
    readonly title: string;
    readonly isWarning?: boolean;
    readonly items: readonly AppReviewItem[];
    /** Said when there is none. */
    readonly none?: string;
  }[];
  readonly outro: string;
  readonly open: string;
  readonly refuse: string;
}

/** The page that an app runs in. */
export interface AppRun {
  readonly kind: 'run';
  /** Whose app it is. */
  readonly source: string;
  readonly reach: string;
  readonly reachDetail: string;
  /** Name of the frame for screen readers. */
  readonly frameTitle: string;
  /** The app's own content security policy. */
  readonly csp: string;
  /** Of the frame: what it may use. */
  readonly allow: string;
  readonly hasBorder: boolean;
  readonly stopped: { readonly left: string; readonly flood: string };
}

/** What the page is made from, as JSON in the page itself. */
export type AppPage = AppReview | AppRun;
