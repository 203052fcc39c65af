import assert from 'node:assert/strict';
import { DashboardBed, type OpenDashboard, type OpenOptions } from './dashboardBed.ts';
import { EveryPage, type Place } from './everyPage.ts';
import { helpers } from './inPage.ts';

/** A browser that goes to every page of the dashboard. */
export class Tour {
  readonly bed: DashboardBed;
  readonly every: EveryPage;

  private constructor(bed: DashboardBed, every: EveryPage) {
    this.bed = bed;
    this.every = every;
  }

  static async start(): Promise<Tour> {
    const [bed, every] = await Promise.all([DashboardBed.start(), EveryPage.start()]);
    return new Tour(bed, every);
  }

  /** Goes to every place with one load of the page; each finding with where it was first seen. */
  async everywhere(
    options: OpenOptions,
    look: (dashboard: OpenDashboard, place: Place) => Promise<readonly string[]>,
  ): Promise<readonly string[]> {
    const findings = new Map<string, string>();
    const dashboard = await this.bed.open(this.every.host, options);
    try {
      await dashboard.page.evaluate(helpers);
      for (const place of this.every.all) {
        await this.every.go(dashboard, place);
        for (const finding of await look(dashboard, place))
          if (!findings.has(finding)) findings.set(finding, place.name);
      }
      assert.deepEqual(dashboard.failures, []);
    } finally {
      await dashboard.close();
    }
    return [...findings].map(([finding, place]) => `${place}: ${finding}`);
  }

  async stop(): Promise<void> {
    await this.bed.stop();
    await this.every.dispose();
  }
}
