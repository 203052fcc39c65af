import assert from 'node:assert/strict';
import test from 'node:test';
import { withWorkbench } from './support/workbench.ts';
import { writeWorkspace } from './workspaces.ts';

test('in a German editor the views, the consent, the connection doctor and the identity checks are German', () =>
  withWorkbench({ prepare: (folder) => writeWorkspace(folder, { speed: 20 }) }, async (workbench) => {
    await workbench.useLanguage('de');
    await workbench.openContainer('MCP Switchboard');
    await workbench.page.locator('.sidebar').getByText('Nichts wartet auf Sie.').first().waitFor();
    await workbench.inlineAction(workbench.row(/^nightly/), 'Server starten');
    await workbench.page.locator('.monaco-dialog-box').getByText('Arbeitsverzeichnis:').waitFor();
    await workbench.screenshot('german-consent');
    await workbench.answerModal('Server starten');
    await workbench.row(/^nightly, verbunden/).waitFor();

    await workbench.contextAction(workbench.row(/^nightly/), 'Serverseite öffnen');
    const page = workbench.webview();
    await page.getByRole('tab', { name: /^Verbindung/ }).click();
    await page.getByRole('button', { name: 'Diagnose', exact: true }).click();
    await page.getByText('Die Listen sind gelesen').waitFor();
    await page.getByText('Alles, was angesehen wurde, ist in Ordnung.').waitFor();
    await page.getByText('Handshake und Ära').waitFor();
    await workbench.screenshot('german-doctor');
    await page.getByRole('tab', { name: /^Identität/ }).click();
    await page.getByText('Was der laufende Server sagt').waitFor();
    await workbench.screenshot('german-identity');
    const shown = await page.locator('main').innerText();
    assert.doesNotMatch(shown, /\b(?:the|and|with|from|server page|not)\b/i, 'English is left on the page');
  }));
