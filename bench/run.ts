import { cpus } from 'node:os';
import { benchActivation } from './activation.ts';
import { benchActivity } from './activity.ts';
import { benchCalls } from './calls.ts';
import { benchConnect } from './connect.ts';
import { benchBundle } from './bundle.ts';
import { benchDashboard } from './dashboard.ts';
import { benchGateway } from './gateway.ts';
import { benchJobs } from './jobs.ts';
import { benchPolicy } from './policy.ts';
import { benchRegistry } from './registry.ts';
import { benchTraffic } from './traffic.ts';
import { benchTree } from './tree.ts';
import type { Comparison } from './stats.ts';

const suites = {
  calls: benchCalls,
  connect: benchConnect,
  dashboard: benchDashboard,
  gateway: benchGateway,
  jobs: benchJobs,
  policy: benchPolicy,
  registry: benchRegistry,
  traffic: benchTraffic,
  tree: benchTree,
  activation: benchActivation,
  activity: benchActivity,
} as const;

/** `npm run bench [-- --json] [NAME…]`: every figure is a ratio within this run; the machine is named because it matters. */
const args = process.argv.slice(2);
const isJson = args.includes('--json');
const chosen = args.filter((arg) => !arg.startsWith('--'));
const names = (Object.keys(suites) as (keyof typeof suites)[]).filter(
  (name) => chosen.length === 0 || chosen.includes(name),
);

const comparisons: Comparison[] = [];
for (const name of names) {
  process.stderr.write(`bench ${name} …\n`);
  comparisons.push(...(await suites[name]()));
}
const bundle = chosen.length === 0 || chosen.includes('bundle') ? await benchBundle() : undefined;

if (isJson) {
  process.stdout.write(
    `${JSON.stringify({ node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, bundle, comparisons }, null, 2)}\n`,
  );
} else {
  for (const c of comparisons) {
    process.stdout.write(
      `${c.name}\n  p50 ${c.ours.p50.toFixed(2)} vs ${c.yardstick.p50.toFixed(2)} ${c.unit}: ${c.ratioP50.toFixed(2)}   p95 ${c.ours.p95.toFixed(2)} ${c.unit}, ${c.ratioP95.toFixed(2)}   aim ${c.aim}   (n=${c.ours.n})\n`,
    );
  }
  if (bundle) process.stdout.write(`${JSON.stringify(bundle)}\n`);
}
