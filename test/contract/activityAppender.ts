import { createActivityRows } from '../../src/node/activityRows.ts';
import { Database } from '../../src/node/database.ts';
import { sha256 } from '../../src/node/host.ts';

// Appends lines beside others that do the same; every few lines it waits until the others have come as far.
const [file = '', name = '', count = ''] = process.argv.slice(2);
const step = 25;
const db = Database.open(file);
const rows = createActivityRows(db, sha256);
const sleeper = new Int32Array(new SharedArrayBuffer(4));
for (let n = 0; n < Number(count); n++) {
  while (n % step === 0 && fewest() < n) Atomics.wait(sleeper, 0, 0, 1);
  rows.append(Date.now(), { kind: 'consent', serverId: name, launchHash: String(n), granted: true });
}
db.close();

/** How many lines the slowest has; the test's names are a, b and c. */
function fewest(): number {
  const counts = ['a', 'b', 'c'].map((one) =>
    Number(db.sql('SELECT count(*) AS n FROM activity WHERE server_id = ?').get(one)?.['n']),
  );
  return Math.min(...counts);
}
