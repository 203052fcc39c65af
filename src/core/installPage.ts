import type { ShownText } from './dashboard.ts';
import type { VerdictView } from './dashboardIdentity.ts';
import type { InstallCheck } from './installDraft.ts';
import type { FileDiff } from './installFileDiff.ts';
import type { InstallFlow, InstallOrigin } from './installFlow.ts';
import type { JsonObject } from './json.ts';
import type { EntryStatus } from './registry.ts';
import type { SourceKind } from './server.ts';

/** One package or remote as the page offers it. */
export interface InstallOptionView {
  readonly key: string;
  readonly place: 'remote' | 'local';
  /** npm, pypi, oci, …; http or sse for remotes. */
  readonly kind: string;
  readonly name: ShownText;
  readonly version: ShownText | undefined;
  readonly isRefused: boolean;
  readonly isRecommended: boolean;
  readonly reasons: readonly ShownText[];
  /** The command that this machine lacks. */
  readonly missing: ShownText | undefined;
}

/** One file as the page offers it. */
export interface InstallTargetView {
  readonly id: string;
  readonly kind: SourceKind;
  readonly file: ShownText;
  readonly exists: boolean;
  readonly isWorkspace: boolean;
  /** Keeps secrets out of the file. */
  readonly knowsInputs: boolean;
  readonly refusal: ShownText | undefined;
}

/** A danger, check or note whose text comes from outside. */
export interface InstallNoteView {
  readonly kind: string;
  readonly text: ShownText;
}

/** What runs or is contacted, whole: never cut. */
export type InstallLaunchView =
  | {
      readonly kind: 'stdio';
      readonly commandLine: ShownText;
      readonly argv: readonly ShownText[];
      readonly cwd: ShownText;
      readonly env: readonly ShownText[];
    }
  | { readonly kind: 'http'; readonly url: ShownText; readonly headers: readonly ShownText[] };

/** The review page. */
export interface InstallReviewView {
  readonly id: string;
  readonly launch: InstallLaunchView;
  readonly dangers: readonly InstallNoteView[];
  /** Secrets that are stored for it, by name. */
  readonly secrets: readonly ShownText[];
  readonly file: ShownText;
  readonly isNewFile: boolean;
  readonly diff: FileDiff;
  /** Why the organisation's settings keep it from being installed. */
  readonly blocked: ShownText | undefined;
  readonly isUnchanged: boolean;
  /** Who it is by, from the entry alone; undefined for what is no entry. */
  readonly verdict: VerdictView | undefined;
}

/** What changes between the installed and the chosen version. */
export interface VersionDiffView {
  readonly from: ShownText;
  readonly to: ShownText;
  readonly isChanged: boolean;
  readonly lines: readonly { readonly kind: 'same' | 'added' | 'removed'; readonly text: ShownText }[];
  readonly members: readonly {
    readonly kind: 'command' | 'environment' | 'url' | 'header' | 'input';
    readonly name: ShownText;
    readonly before: ShownText | undefined;
    readonly after: ShownText | undefined;
  }[];
  readonly dangersAdded: readonly ShownText[];
  readonly dangersRemoved: readonly ShownText[];
  /** The new version has nothing of the kind that is installed. */
  readonly isGone: boolean;
}

/** The install page; every text of it is visible text, and no answer to a secret is in it. */
export interface InstallView {
  readonly id: string;
  readonly purpose: 'install' | 'update' | 'roll-back';
  /** The server was changed by hand since it was installed; that is replaced. */
  readonly isEdited: boolean;
  readonly step: 'choose' | 'review' | 'done';
  readonly busy: InstallFlow['busy'];
  readonly error: ShownText | undefined;
  readonly name: ShownText;
  readonly title: ShownText | undefined;
  readonly description: ShownText | undefined;
  readonly publisher: ShownText | undefined;
  readonly status: EntryStatus;
  readonly statusMessage: ShownText | undefined;
  readonly origin: { readonly kind: InstallOrigin['kind']; readonly text: ShownText };
  readonly version: string;
  readonly versions: readonly {
    readonly version: string;
    readonly shown: ShownText;
    readonly status: EntryStatus;
    readonly isLatest: boolean;
    readonly isInstalled: boolean;
    readonly publishedAt: number | undefined;
  }[];
  readonly options: readonly InstallOptionView[];
  readonly option: string;
  /** Programs that can run the chosen package; the first is in use unless another is chosen. */
  readonly runners: readonly {
    readonly id: 'npx' | 'bunx' | 'docker' | 'podman';
    readonly isFound: boolean;
  }[];
  readonly runner: string;
  readonly targets: readonly InstallTargetView[];
  readonly target: string;
  readonly serverName: string;
  readonly nameProblem: string | undefined;
  readonly canMove: boolean;
  readonly needs: readonly ('version' | 'download' | 'prepare' | 'confirm')[];
  readonly pin: string;
  readonly prepare: ShownText | undefined;
  readonly download: { readonly url: ShownText; readonly sha256: string } | undefined;
  /** The process answers over HTTP and is started by the user. */
  readonly startYourself: { readonly commandLine: ShownText; readonly url: ShownText } | undefined;
  readonly missing: { readonly command: ShownText; readonly hint: ShownText } | undefined;
  readonly refusals: readonly ShownText[];
  readonly reviews: readonly InstallNoteView[];
  readonly checks: readonly { readonly verdict: InstallCheck['verdict']; readonly text: ShownText }[];
  readonly dangers: readonly InstallNoteView[];
  readonly notes: readonly {
    readonly description: ShownText;
    readonly command: ShownText | undefined;
    readonly isOptional: boolean;
  }[];
  readonly gaps: { readonly isOffered: boolean; readonly isOn: boolean };
  readonly privateAddresses: { readonly isOffered: boolean; readonly isOn: boolean };
  readonly schema: JsonObject;
  readonly start: JsonObject;
  /** Changes when the form must be made anew. */
  readonly formKey: string;
  readonly inputCount: number;
  readonly versionDiff: VersionDiffView | undefined;
  readonly review: InstallReviewView | undefined;
  readonly done:
    { readonly serverId: string; readonly file: ShownText; readonly canUndo: boolean } | undefined;
}
