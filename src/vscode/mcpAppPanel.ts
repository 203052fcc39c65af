import { env, l10n, UIKind, Uri, ViewColumn, window, type WebviewPanel } from 'vscode';
import type { CallResult } from '../core/connection.ts';
import { isFinal, type Job, type Jobs } from '../core/jobs.ts';
import type { JsonObject } from '../core/json.ts';
import type { AppBridgeEnd, AppBridgeOptions } from '../core/mcpAppBridge.ts';
import { AppGuard } from '../core/mcpAppGuard.ts';
import { appCsp } from '../core/mcpAppPolicy.ts';
import type { AppSession, LoadedApp } from '../core/mcpAppSession.ts';
import type { Clock, Logger } from '../core/ports.ts';
import { DisposableStore, type Disposable } from '../core/util/disposables.ts';
import type { AppEnvironment, AppPage, ToAppHost, ToAppPage } from '../shared/mcpAppMessages.ts';
import { appContext } from './mcpAppContext.ts';
import { appPage, reviewPolicy, type AppPageFiles } from './mcpAppPage.ts';
import { appReview, appRun } from './mcpAppText.ts';
import { forTree } from './plainText.ts';
import type { Actions } from './runAction.ts';

/** What an open app needs; the rest is its own. */
export interface AppPanelDeps {
  readonly extensionUri: Uri;
  readonly version: string;
  readonly jobs: Pick<Jobs, 'get' | 'result' | 'open'>;
  readonly newSession: (app: LoadedApp) => AppSession;
  readonly newBridge: (options: AppBridgeOptions) => Promise<AppBridgeEnd>;
  readonly actions: Actions;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is shown and whether it may be. */
export interface AppPanelSubject {
  readonly jobId: string;
  readonly app: LoadedApp;
  readonly contentHash: string;
  readonly files: AppPageFiles;
  readonly standing: 'given' | 'changed' | 'none';
  /** The user let the app in. */
  readonly onApprove: () => void;
}

/** One life of the page that an app runs in. */
interface Life {
  readonly session: AppSession;
  readonly guard: AppGuard;
  readonly disposables: DisposableStore;
  bridge: AppBridgeEnd | undefined;
  environment: AppEnvironment;
}

/** One app in an editor tab of its own: the question first, then the app, cut off from everything but its session. */
export class AppPanel implements Disposable {
  readonly #deps: AppPanelDeps;
  readonly #subject: AppPanelSubject;
  readonly #panel: WebviewPanel;
  readonly #parse: (message: unknown) => ToAppHost | undefined;
  #isRunning = false;
  #life: Life | undefined;
  #stopped: string | undefined;

  constructor(
    deps: AppPanelDeps,
    subject: AppPanelSubject,
    parse: (message: unknown) => ToAppHost | undefined,
    onClosed: () => void,
  ) {
    this.#deps = deps;
    this.#subject = subject;
    this.#parse = parse;
    const { app } = subject;
    const media = Uri.joinPath(deps.extensionUri, 'media');
    const title = l10n.t('{0} – app', forTree(app.tool.title ?? app.tool.name, 60));
    this.#panel = window.createWebviewPanel('mcpSwitchboard.app', title, ViewColumn.Active, {
      enableScripts: true,
      localResourceRoots: [],
      // An approval opens in front of the app that waits for it; what an app holds cannot be made anew.
      retainContextWhenHidden: true,
    });
    this.#panel.iconPath = {
      light: Uri.joinPath(media, 'panel-light.svg'),
      dark: Uri.joinPath(media, 'panel-dark.svg'),
    };
    this.#panel.webview.onDidReceiveMessage((message: unknown) => this.#receive(message));
    this.#panel.onDidDispose(() => {
      this.#end();
      onClosed();
    });
    if (subject.standing === 'given') this.#run();
    else this.#ask();
  }

  reveal(): void {
    this.#panel.reveal();
  }

  /** Lets the app end by itself, then closes its tab. */
  async leave(): Promise<void> {
    await this.#life?.bridge?.teardown();
    this.#panel.dispose();
  }

  /** Lets the app end by itself, then says in its place why; it does not begin again. A question that is still open is closed. */
  async stop(text: string): Promise<void> {
    if (this.#stopped !== undefined) return;
    this.#stopped = text;
    if (!this.#isRunning) {
      this.#panel.dispose();
      return;
    }
    const life = this.#life;
    if (!life) return; // its page is still to come, and will say it
    await life.bridge?.teardown();
    if (this.#life !== life) return;
    this.#end();
    this.#post({ kind: 'stop', text });
  }

  /** Closes the tab at once. */
  dispose(): void {
    this.#panel.dispose();
  }

  #ask(): void {
    const { app, contentHash, standing } = this.#subject;
    const nonce = newNonce();
    this.#show(appReview(app, contentHash, standing === 'changed', l10n.t), reviewPolicy(nonce), nonce);
  }

  #run(): void {
    this.#isRunning = true;
    const { app } = this.#subject;
    this.#show(appRun(app, l10n.t), appCsp(app.document.declaration));
  }

  #show(page: AppPage, policy: string, nonce?: string): void {
    this.#panel.webview.html = appPage({
      ...this.#subject.files,
      ...{ policy, page },
      ...(nonce === undefined ? {} : { nonce }),
      language: env.language,
      title: this.#panel.title,
    });
  }

  #receive(raw: unknown): void {
    const message = this.#parse(raw);
    if (!message) {
      this.#deps.logger.warn('app: a message of unknown shape was ignored');
      return;
    }
    switch (message.kind) {
      case 'approve':
        // Only the question can be answered: once the app runs, nothing in its tab counts as an answer.
        if (this.#isRunning) return;
        this.#subject.onApprove();
        this.#run();
        return;
      case 'refuse':
        if (!this.#isRunning) this.#panel.dispose();
        return;
      case 'ready':
        if (this.#isRunning) void this.#deps.actions.run('open app', () => this.#begin(message.environment));
        return;
      case 'environment':
        if (!this.#life) return;
        this.#life.environment = message.environment;
        this.#life.bridge?.setContext(this.#context(message.environment));
        return;
      case 'message':
        this.#fromApp(message.text);
        return;
      case 'stopped':
        this.#deps.logger.warn(`app ${this.#subject.app.document.uri}: stopped, ${message.reason}`);
        this.#end();
    }
  }

  /** The page is there, for the first time or anew: an app begins. */
  async #begin(environment: AppEnvironment): Promise<void> {
    this.#end();
    if (this.#stopped !== undefined) {
      this.#post({ kind: 'stop', text: this.#stopped });
      return;
    }
    const { app } = this.#subject;
    const session = this.#deps.newSession(app);
    const disposables = new DisposableStore();
    const guard = new AppGuard(this.#deps.clock);
    const life: Life = { session, guard, disposables, bridge: undefined, environment };
    this.#life = life;
    const bridge = await this.#deps.newBridge({
      session,
      declaration: app.document.declaration,
      version: this.#deps.version,
      context: this.#context(environment),
      post: (message) => this.#post({ kind: 'message', message }),
      onInitialized: () => this.#present(life),
      onHeight: (height) => this.#post({ kind: 'height', pixels: Math.min(height, 100_000) }),
      onEnd: () => {
        if (this.#life === life) void this.#deps.actions.run('close app', () => this.leave());
      },
    });
    if (this.#life !== life) return bridge.close();
    life.bridge = bridge;
    bridge.setContext(this.#context(life.environment));
    this.#post({ kind: 'load', html: app.document.html });
  }

  #fromApp(text: string): void {
    const life = this.#life;
    if (!life?.bridge) return;
    const taken = life.guard.take(text);
    switch (taken.kind) {
      case 'pass':
        life.bridge.receive(taken.message);
        return;
      case 'drop':
        this.#deps.logger.debug(`app ${this.#subject.app.document.uri}: dropped ${taken.reason}`);
        return;
      case 'stop':
        this.#deps.logger.warn(`app ${this.#subject.app.document.uri}: stopped, ${taken.reason}`);
        this.#post({ kind: 'stop', text: l10n.t('The app sent too many messages and was stopped.') });
        this.#end();
    }
  }

  /** Shows the app what its tool was asked and, at once or when it is there, what came of it. */
  #present(life: Life): void {
    const { jobs, actions } = this.#deps;
    const { jobId } = this.#subject;
    const job = jobs.get(jobId);
    const { bridge } = life;
    if (!job || !bridge || this.#life !== life) return;
    const tell = (work: () => Promise<void>) => void actions.run('show result in app', work);
    tell(() => bridge.showInput(job.arguments));
    const finish = (): boolean => {
      const now = jobs.get(jobId);
      if (now && !isFinal(now.status)) return false;
      const result = now?.hasResult ? jobs.result(jobId)?.result : undefined;
      tell(() => this.#tellEnd(bridge, now, result));
      return true;
    };
    if (finish()) return;
    const watch = life.disposables.add(jobs.open.subscribe(() => finish() && watch.dispose()));
  }

  #tellEnd(bridge: AppBridgeEnd, job: Job | undefined, result: CallResult | undefined): Promise<void> {
    return result ? bridge.showResult(result) : bridge.showCancelled(job?.status.kind ?? 'the job is gone');
  }

  #end(): void {
    const life = this.#life;
    this.#life = undefined;
    if (!life) return;
    life.disposables.dispose();
    life.session.close();
    if (life.bridge) void this.#deps.actions.run('close app', () => life.bridge?.close());
  }

  #context(environment: AppEnvironment): JsonObject {
    return appContext(this.#subject.app.tool, environment, {
      language: env.language,
      version: this.#deps.version,
      isWeb: env.uiKind === UIKind.Web,
    });
  }

  #post(message: ToAppPage): void {
    this.#panel.webview
      .postMessage(message)
      .then(undefined, (error: unknown) => this.#deps.logger.warn('app: message not delivered', error));
  }
}

function newNonce(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24)))).replace(
    /[^A-Za-z0-9]/g,
    '',
  );
}
