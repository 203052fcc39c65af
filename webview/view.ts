import type { DashboardState, Page } from '../src/core/dashboard.ts';
import type { Intent, IntentParams, IntentResult } from '../src/shared/protocol.ts';
import type { ListState } from './components/windowedList.ts';
import type { Form } from './forms/form.ts';
import type { Runs } from './runs.ts';
import type { ViewState } from './viewState.ts';
import type { ActivityResults } from './views/activityResults.ts';
import type { RegistryResults } from './views/registryResults.ts';
import type { ResourceResults } from './views/resourceResults.ts';

/** What the views draw from and act through. */
export interface View {
  readonly state: DashboardState;
  readonly ui: ViewState;
  readonly runs: Runs;
  /** The list of the registry page. */
  readonly results: RegistryResults;
  /** The list of the resources tab. */
  readonly resources: ResourceResults;
  /** The list of the activity page. */
  readonly lines: ActivityResults;
  /** The host's time, in milliseconds since the epoch. */
  now(): number;
  /** Changes what only this view knows. */
  update(change: (ui: ViewState) => ViewState): void;
  list(id: string): ListState;
  /** The form of a key, made by `make` the first time. */
  form(key: string, make: () => Form): Form;
  closeForm(key: string): void;
  go(page: Page): void;
  call<M extends Intent>(method: M, params: IntentParams<M>, signal?: AbortSignal): Promise<IntentResult<M>>;
  /** Asks the host to do something; a failure is shown at the top of the page. */
  act<M extends Intent>(method: M, params: IntentParams<M>): void;
  /** Like `act`, and says whether it was done; never rejects. */
  attempt<M extends Intent>(method: M, params: IntentParams<M>): Promise<boolean>;
  /** True while the host has not answered an `act` of these parameters. */
  isBusy<M extends Intent>(method: M, params: IntentParams<M>): boolean;
  /** Tells assistive technology. */
  announce(text: string): void;
  copy(text: string): void;
  /** Older finished jobs that were asked for. */
  readonly olderJobs: DashboardState['jobs']['finished'];
  loadOlderJobs(): void;
  redraw(): void;
  /** Moves the focus to the first field with a message, once it is drawn. */
  focusFirstProblem(): void;
  /** Moves the focus to the heading of what was just opened. */
  focusHeading(): void;
}
