import assert from 'node:assert/strict';
import { setup, suite, teardown, test } from 'mocha';
import { commands as vscodeCommands, TabInputWebview, window, type Tab } from 'vscode';
import type { App } from '../../src/app.ts';
import type { Job } from '../../src/core/jobs.ts';
import { appHash, type AppIdentity } from '../../src/core/mcpAppApprovals.ts';
import { appCsp } from '../../src/core/mcpAppPolicy.ts';
import { loadApp } from '../../src/core/mcpAppSession.ts';
import type { ApprovalRequest } from '../../src/core/requests.ts';
import { toDisposable, type Disposable } from '../../src/core/util/disposables.ts';
import type { Readable } from '../../src/core/util/store.ts';
import { commands } from '../../src/shared/ids.ts';
import { activated, ask, clear, configure, editorOf, started, until } from './bed.ts';

const policy =
  `default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src 'none'; ` +
  `media-src data:; connect-src https://declared.example; frame-src 'none'; worker-src 'none'; ` +
  `object-src 'none'; form-action 'none'; base-uri 'none'`;

suite('apps of servers', () => {
  let app: App;
  let server: string;

  setup(async () => {
    app = await activated();
    server = await started(app, 'reporting', ['test/fixtures/servers/reportingApp.ts']);
  });
  teardown(async () => {
    for (const job of app.host.jobs.open.get())
      await vscodeCommands.executeCommand(commands.cancelJob, { jobId: job.id });
    app.apps.approvals.revoke(server);
    await clear(app);
  });

  const tabs = (): readonly Tab[] =>
    window.tabGroups.all
      .flatMap((group) => group.tabs)
      .filter(
        ({ input }) => input instanceof TabInputWebview && input.viewType.endsWith('mcpSwitchboard.app'),
      );

  /** The app as it would be asked about. */
  async function identity(job: Job): Promise<AppIdentity> {
    const { document } = await loadApp(app.host.connections, job, new AbortController().signal);
    assert.equal(appCsp(document.declaration), policy);
    const { launchHash, serverId } = job;
    return { serverId, launchHash, uri: document.uri, contentHash: appHash(document, app.host.sha256) };
  }

  /** Runs the tool that has an app, which the user has let in. */
  async function shown(args: Record<string, number> = {}): Promise<Job> {
    const jobs = () => [...app.host.jobs.open.get(), ...app.host.jobs.finished.get()];
    const before = new Set(jobs().map(({ id }) => id));
    const { request, outcome } = await ask(app, server, 'show', args);
    await vscodeCommands.executeCommand(commands.allowOnce, editorOf(request.id)?.document.uri);
    const job = await until('the job', () => jobs().find(({ id }) => !before.has(id)));
    if (args['wait'] === undefined) await outcome;
    app.apps.approvals.give(await identity(job));
    return job;
  }

  /** What the app reports: a call of its own that waits for a decision. */
  const report = (kind: string) =>
    until(`the app to report its ${kind}`, () =>
      app.host.requests.open
        .get()
        .find((one): one is ApprovalRequest => one.kind === 'approval' && one.arguments['kind'] === kind),
    );

  /** How many listen to a store, of those that came after this. */
  function listenersOf(store: Readable<unknown>): Disposable & { readonly count: () => number } {
    let count = 0;
    const subscribe = store.subscribe.bind(store);
    store.subscribe = (listener) => {
      count++;
      const subscription = subscribe(listener);
      return toDisposable(() => {
        count--;
        subscription.dispose();
      });
    };
    return { count: () => count, dispose: () => void Reflect.deleteProperty(store, 'subscribe') };
  }

  test('an app runs under the declared policy alone; closing it withdraws its calls, and it opens again', async () => {
    const job = await shown();
    const open = () => vscodeCommands.executeCommand(commands.openApp, { jobId: job.id });
    await open();
    const first = await report('result');
    assert.deepEqual(first.arguments, { kind: 'result', text: 'shown', head: policy, policies: [policy] });
    assert.equal(tabs().length, 1);
    await open();
    assert.equal(tabs().length, 1, 'brought to the front, not opened twice');

    await window.tabGroups.close(tabs());
    await until('its calls to be withdrawn', () => app.host.requests.open.get().length === 0);
    assert.ok(
      ![...app.host.jobs.open.get(), ...app.host.jobs.finished.get()].some(isReport),
      'none was sent',
    );

    await open();
    const second = await report('result');
    assert.notEqual(second.id, first.id);
    assert.equal(tabs().length, 1);
  });

  test('an app that waits for a result listens for it until it is closed', async () => {
    const job = await shown({ wait: 1 });
    const listeners = listenersOf(app.host.jobs.open);
    try {
      await vscodeCommands.executeCommand(commands.openApp, { jobId: job.id });
      assert.deepEqual((await report('input')).arguments['given'], { wait: 1 });
      assert.equal(listeners.count(), 1);
      await window.tabGroups.close(tabs());
      await until('its calls to be withdrawn', () => app.host.requests.open.get().length === 0);
      assert.equal(listeners.count(), 0);
      assert.equal(app.host.jobs.get(job.id)?.status.kind, 'running', 'the job itself goes on');
    } finally {
      listeners.dispose();
    }
  });

  test('forgetting the consent closes the apps of the server and has them asked about again', async () => {
    const job = await shown();
    const known = await identity(job);
    await vscodeCommands.executeCommand(commands.openApp, { jobId: job.id });
    await report('result');
    await vscodeCommands.executeCommand(commands.forgetConsent, { serverId: server });
    await until('its tab to close', () => tabs().length === 0);
    await until('its calls to be withdrawn', () => app.host.requests.open.get().length === 0);
    assert.equal(app.apps.approvals.state(known), 'none');
  });

  test('an app whose server is removed can do nothing any more; its tab stays and says why', async () => {
    const job = await shown();
    await vscodeCommands.executeCommand(commands.openApp, { jobId: job.id });
    await report('result');
    await configure({});
    await until('its calls to be withdrawn', () => app.host.requests.open.get().length === 0);
    assert.equal(tabs().length, 1);
  });
});

function isReport({ tool }: Job): boolean {
  return tool === 'report';
}
