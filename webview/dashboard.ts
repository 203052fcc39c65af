import { render } from 'lit-html';
import type { DashboardState, Page } from '../src/core/dashboard.ts';
import type { Intent, IntentParams } from '../src/shared/protocol.ts';
import { announcements } from './announce.ts';
import { ListState } from './components/windowedList.ts';
import { Focus } from './focus.ts';
import type { Form } from './forms/form.ts';
import { connectHost, type Host } from './host.ts';
import { Runs } from './runs.ts';
import { t } from './strings.ts';
import { fromSaved, toSaved, withEntry, type ViewState } from './viewState.ts';
import type { View } from './view.ts';
import { ActivityResults } from './views/activityResults.ts';
import { RegistryResults } from './views/registryResults.ts';
import { ResourceResults } from './views/resourceResults.ts';
import { shell } from './views/shell.ts';

const maxForms = 20;
const saveDelay = 300;
const tick = 1000;

/** The one object with state: takes snapshots from the host, draws the page, passes on what the user wants. */
export class Dashboard {
  readonly #root: HTMLElement;
  readonly #host: Host;
  readonly #focus: Focus;
  readonly #lists = new Map<string, ListState>();
  readonly #forms = new Map<string, Form>();
  readonly #busy = new Set<string>();
  readonly #runs = new Runs(() => this.#redraw());
  readonly #results = new RegistryResults(
    (params, signal) => this.#host.call('registry.search', params, signal),
    () => this.#redraw(),
  );
  readonly #resources = new ResourceResults(
    (params, signal) => this.#host.call('resource.search', params, signal),
    () => this.#redraw(),
  );
  readonly #lines = new ActivityResults(
    (params, signal) => this.#host.call('activity.search', params, signal),
    () => this.#redraw(),
  );
  #ui: ViewState;
  #state: DashboardState | undefined;
  #clockOffset = 0;
  #olderJobs: DashboardState['jobs']['finished'] = [];
  #errors: readonly { readonly id: number; readonly text: string }[] = [];
  #nextError = 0;
  #live = '';
  #isDrawQueued = false;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#focus = new Focus(root);
    this.#host = connectHost((state) => this.#receive(state));
    this.#ui = fromSaved(this.#host.savedState());
  }

  /** Draws a first page and asks the host for the state. */
  start(): void {
    this.#draw();
    this.#host.ready();
    const timer = setInterval(() => this.#isTicking() && this.#redraw(), tick);
    window.addEventListener('pagehide', () => {
      clearInterval(timer);
      this.#save();
      for (const form of this.#forms.values()) form.dispose();
      this.#host.dispose();
    });
  }

  #receive(state: DashboardState): void {
    const before = this.#state;
    this.#state = state;
    this.#clockOffset = state.now - Date.now();
    const shown = new Set(state.jobs.finished.map((job) => job.id));
    const older = this.#olderJobs.filter((job) => !shown.has(job.id));
    this.#olderJobs = older.length + shown.size > state.jobs.finishedTotal ? [] : older;
    const news = announcements(before, state);
    if (news.length > 0) this.#live = news.join('. ');
    if (!before || pageKey(before.page) !== pageKey(state.page)) {
      if (before) this.#focus.afterNavigation();
      this.#saveSoon();
    }
    this.#redraw();
  }

  /** True while something on the page counts seconds. */
  #isTicking(): boolean {
    const state = this.#state;
    if (!state || document.visibilityState === 'hidden') return false;
    return (
      ((state.page.kind === 'jobs' || state.page.kind === 'server') && state.jobs.open.length > 0) ||
      state.server?.retryAt !== undefined
    );
  }

  #redraw(): void {
    if (this.#isDrawQueued) return;
    this.#isDrawQueued = true;
    queueMicrotask(() => this.#draw());
  }

  #draw(): void {
    this.#isDrawQueued = false;
    const view = this.#state && this.#view(this.#state);
    const errors = this.#errors.map((error) => ({ ...error, dismiss: () => this.#dismiss(error.id) }));
    render(shell(view, errors, this.#live), this.#root);
    this.#focus.settle();
  }

  #view(state: DashboardState): View {
    return {
      state,
      ui: this.#ui,
      runs: this.#runs,
      results: this.#results,
      resources: this.#resources,
      lines: this.#lines,
      olderJobs: this.#olderJobs,
      now: () => Date.now() + this.#clockOffset,
      update: (change) => this.#update(change),
      list: (id) => this.#list(id),
      form: (key, make) => this.#form(key, make),
      closeForm: (key) => this.#closeForm(key),
      go: (page) => void this.#go(page),
      call: (method, params, signal) => this.#host.call(method, params, signal),
      act: (method, params) => void this.#attempt(method, params),
      attempt: (method, params) => this.#attempt(method, params),
      isBusy: (method, params) => this.#busy.has(busyKey(method, params)),
      announce: (text) => this.#announce(text),
      copy: (text) => void navigator.clipboard.writeText(text).then(() => this.#announce(t('app.copied'))),
      loadOlderJobs: () => void this.#loadOlderJobs(),
      redraw: () => this.#redraw(),
      focusFirstProblem: () => this.#focus.toFirstProblem(),
      focusHeading: () => this.#focus.toHeading(),
    };
  }

  #update(change: (ui: ViewState) => ViewState): void {
    const next = change(this.#ui);
    if (next === this.#ui) return;
    this.#ui = next;
    this.#saveSoon();
    this.#redraw();
  }

  #saveSoon(): void {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = setTimeout(() => this.#save(), saveDelay);
  }

  /** The page is saved too: the host reopens the panel there. */
  #save(): void {
    clearTimeout(this.#saveTimer);
    let ui = this.#ui;
    for (const [id, list] of this.#lists)
      ui = withEntry(ui, 'scroll', id, list.scrollTop > 0 ? list.scrollTop : undefined);
    this.#host.saveState({ ...toSaved(ui), page: this.#state?.page });
  }

  #list(id: string): ListState {
    let list = this.#lists.get(id);
    if (!list) {
      list = new ListState(this.#ui.scroll[id] ?? 0, () => this.#redraw());
      this.#lists.set(id, list);
    }
    return list;
  }

  #form(key: string, make: () => Form): Form {
    const known = this.#forms.get(key);
    if (known) return known;
    const form = make();
    this.#forms.set(key, form);
    const [oldest] = this.#forms.keys();
    if (this.#forms.size > maxForms && oldest !== undefined) this.#closeForm(oldest, true);
    return form;
  }

  #closeForm(key: string, isDraftKept = false): void {
    this.#forms.get(key)?.dispose();
    this.#forms.delete(key);
    if (!isDraftKept) this.#update((ui) => withEntry(ui, 'drafts', key, undefined));
  }

  async #go(page: Page): Promise<void> {
    switch (page.kind) {
      case 'servers':
        return void (await this.#attempt('page.servers', {}));
      case 'server': {
        const { serverId, tab, tool } = page;
        return void (await this.#attempt('page.server', {
          serverId,
          tab,
          ...(tool === undefined ? {} : { tool }),
        }));
      }
      case 'activity':
        return void (await this.#attempt('page.activity', page.seq === undefined ? {} : { seq: page.seq }));
      case 'install':
        return void (await this.#attempt('page.install', {}));
      case 'agents':
        return void (await this.#attempt('page.agents', {}));
      case 'jobs':
        return void (await this.#attempt('page.jobs', page.jobId === undefined ? {} : { jobId: page.jobId }));
      case 'requests':
        return void (await this.#attempt(
          'page.requests',
          page.requestId === undefined ? {} : { requestId: page.requestId },
        ));
      case 'registry':
        return void (await this.#attempt(
          'page.registry',
          page.entry === undefined ? {} : { entry: page.entry },
        ));
    }
  }

  async #attempt<M extends Intent>(method: M, params: IntentParams<M>): Promise<boolean> {
    const key = busyKey(method, params);
    this.#busy.add(key);
    this.#redraw();
    try {
      await this.#host.call(method, params);
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    } finally {
      this.#busy.delete(key);
      this.#redraw();
    }
  }

  #fail(error: unknown): void {
    const { code, message } = error as { readonly code?: string; readonly message: string };
    if (code === 'cancelled') return;
    const text = code === 'gone' ? t('app.gone') : message;
    this.#errors = [
      ...this.#errors.filter((one) => one.text !== text),
      { id: this.#nextError++, text },
    ].slice(-3);
  }

  #dismiss(id: number): void {
    this.#errors = this.#errors.filter((error) => error.id !== id);
    this.#redraw();
  }

  #announce(text: string): void {
    // The same text twice in a row would not be read again.
    this.#live = text === this.#live ? `${text}\u00A0` : text;
    this.#redraw();
  }

  async #loadOlderJobs(): Promise<void> {
    const last = [...(this.#state?.jobs.finished ?? []), ...this.#olderJobs].at(-1);
    if (last?.endedAt === undefined) return;
    try {
      const { jobs } = await this.#host.call('jobs.more', { before: last.endedAt });
      const known = new Set([...(this.#state?.jobs.finished ?? []), ...this.#olderJobs].map((job) => job.id));
      this.#olderJobs = [...this.#olderJobs, ...jobs.filter((job) => !known.has(job.id))];
    } catch (error) {
      this.#fail(error);
    }
    this.#redraw();
  }
}

function busyKey(method: string, params: unknown): string {
  return `${method} ${JSON.stringify(params)}`;
}

/** What counts as another place for the focus: a selection within a list is one too. */
function pageKey(page: Page): string {
  return JSON.stringify(page);
}
