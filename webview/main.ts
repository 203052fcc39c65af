import { Dashboard } from './dashboard.ts';
import { registerComponents } from './components/components.ts';
import { watchPresses } from './components/release.ts';
import { setStrings } from './strings.ts';

registerComponents();
watchPresses(window);
const strings = document.getElementById('strings')?.textContent;
if (strings) setStrings(JSON.parse(strings) as Readonly<Record<string, unknown>>);
const root = document.getElementById('app');
if (root) new Dashboard(root).start();
