/** One trading day of a made-up stock. */
export interface Day {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly close: number;
}

export interface Listing {
  readonly symbol: string;
  readonly name: string;
  /** Expected change per year and its deviation, as fractions. */
  readonly drift: number;
  readonly volatility: number;
  readonly firstClose: number;
  /** Last day with a price; undefined = still traded. */
  readonly delisted?: string;
}

/** The stocks of the made-up market; DLST stops trading in March 2026 and shows how a job fails. */
export const listings: readonly Listing[] = [
  { symbol: 'NOVA', name: 'Nova Robotics', drift: 0.14, volatility: 0.32, firstClose: 48 },
  { symbol: 'HELX', name: 'Helix Biologics', drift: 0.05, volatility: 0.45, firstClose: 112 },
  { symbol: 'ORBT', name: 'Orbit Freight', drift: 0.09, volatility: 0.21, firstClose: 75 },
  { symbol: 'TIDE', name: 'Tide Energy', drift: -0.02, volatility: 0.28, firstClose: 33 },
  {
    symbol: 'DLST',
    name: 'Delisted Holdings',
    drift: -0.3,
    volatility: 0.5,
    firstClose: 20,
    delisted: '2026-03-13',
  },
];

/** The first and last month with prices, `YYYY-MM`. */
export const firstMonth = '2020-01';
export const lastMonth = '2026-12';

const byUse = new Map<string, readonly Day[]>();

/** Every trading day of `symbol`, oldest first: the same in every process and on every machine; empty when unknown. */
export function history(symbol: string): readonly Day[] {
  const known = byUse.get(symbol);
  if (known !== undefined) return known;
  const listing = listings.find((one) => one.symbol === symbol);
  const days = listing === undefined ? [] : generate(listing);
  byUse.set(symbol, days);
  return days;
}

/** The months from `from` to `to`, both included. */
export function monthsBetween(from: string, to: string): string[] {
  const months: string[] = [];
  let [year, month] = from.split('-').map(Number) as [number, number];
  for (;;) {
    const label = `${year}-${String(month).padStart(2, '0')}`;
    if (label > to) return months;
    months.push(label);
    month = month === 12 ? 1 : month + 1;
    if (month === 1) year += 1;
  }
}

function generate(listing: Listing): Day[] {
  const random = mulberry32(hash(listing.symbol));
  const days: Day[] = [];
  let close = listing.firstClose;
  const end = Date.parse(`${lastMonth}-31T00:00:00Z`);
  for (let time = Date.parse(`${firstMonth}-01T00:00:00Z`); time <= end; time += 86_400_000) {
    const weekday = new Date(time).getUTCDay();
    if (weekday === 0 || weekday === 6) continue;
    const date = new Date(time).toISOString().slice(0, 10);
    if (listing.delisted !== undefined && date > listing.delisted) break;
    const daily = (listing.drift - listing.volatility ** 2 / 2) / 252;
    close *= Math.exp(daily + (listing.volatility / Math.sqrt(252)) * gaussian(random));
    days.push({ date, close: round(close, 4) });
  }
  return days;
}

/** `value` rounded to `digits` decimals. */
export function round(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return value >>> 0;
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
