import type { AppEnvironment, AppRun, ToAppHost, ToAppPage } from '../src/shared/mcpAppMessages.ts';
import { readEnvironment } from './mcpAppEnvironment.ts';

const minHeight = 40;
const maxMessagesPerSecond = 500; // relayed; the host counts more exactly

/** The frame of an app and what carries its messages: the app has an origin of its own, and the page takes nothing from it but messages for the host. */
export class AppFrame {
  readonly #root: HTMLElement;
  readonly #run: AppRun;
  readonly #post: (message: ToAppHost) => void;
  readonly #stage = document.createElement('main');
  #frame: HTMLIFrameElement | undefined;
  #wantedHeight: number | undefined;
  #told = '';
  #second = 0;
  #count = 0;

  constructor(root: HTMLElement, run: AppRun, post: (message: ToAppHost) => void) {
    this.#root = root;
    this.#run = run;
    this.#post = post;
  }

  start(): void {
    this.#stage.className = 'stage';
    this.#root.replaceChildren(this.#header(), this.#stage);
    window.addEventListener('message', (event: MessageEvent<unknown>) => this.#receive(event));
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
      if (effectiveDirective === 'frame-src') this.#give('left');
    });
    window.addEventListener('resize', () => this.#lookAround());
    // The editor changes these when its theme changes.
    const themes = new MutationObserver(() => this.#lookAround());
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
    themes.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-kind'] });
    this.#post({ kind: 'ready', environment: this.#environment() });
  }

  #header(): HTMLElement {
    const header = document.createElement('header');
    const source = document.createElement('bdi');
    source.textContent = this.#run.source;
    const reach = document.createElement('span');
    reach.className = 'reach';
    reach.textContent = this.#run.reach;
    reach.title = this.#run.reachDetail;
    header.append(source, reach);
    return header;
  }

  #receive({ source, origin, data }: MessageEvent<unknown>): void {
    if (this.#frame && source === this.#frame.contentWindow) this.#fromApp(data);
    // The app's origin is none, so nothing that it sends can pass for ours.
    else if (origin === window.origin) this.#fromHost(data as ToAppPage);
  }

  #fromHost(message: ToAppPage): void {
    switch (message.kind) {
      case 'load':
        this.#load(message.html);
        break;
      case 'message':
        // Without an origin an app cannot be named as a receiver; what leaves its page is stopped before it runs.
        this.#frame?.contentWindow?.postMessage(message.message, '*');
        break;
      case 'height':
        this.#wantedHeight = message.pixels;
        this.#fit();
        break;
      case 'stop':
        this.#stop(message.text);
        break;
    }
  }

  #fromApp(data: unknown): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) this.#count = 0;
    this.#second = second;
    if (++this.#count > maxMessagesPerSecond) {
      this.#give('flood');
      return;
    }
    if (typeof data !== 'object' || data === null || !('jsonrpc' in data)) return;
    const text = textOf(data);
    if (text !== undefined) this.#post({ kind: 'message', text });
  }

  #load(html: string): void {
    const { csp, allow, frameTitle, hasBorder } = this.#run;
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', 'allow-scripts');
    if (allow !== '') frame.allow = allow;
    frame.title = frameTitle;
    frame.referrerPolicy = 'no-referrer';
    if (hasBorder) frame.className = 'bordered';
    let loads = 0;
    frame.addEventListener('load', () => {
      loads++;
      if (loads === 1) {
        lockPage();
        frame.contentWindow?.postMessage({ html: headOf(csp) + html.replace(/^\ufeff/, '') }, '*');
      }
      // The second is that of the app's document, every other one is of a page that it went to.
      if (loads > 2) this.#give('left');
    });
    frame.srcdoc = `${headOf(csp)}<script>${starter}</script>`;
    this.#frame = frame;
    this.#stage.replaceChildren(frame);
    this.#fit();
  }

  #give(reason: 'left' | 'flood'): void {
    if (!this.#frame) return;
    this.#stop(this.#run.stopped[reason]);
    this.#post({ kind: 'stopped', reason });
  }

  #stop(text: string): void {
    this.#frame = undefined;
    const notice = document.createElement('p');
    notice.className = 'notice';
    notice.setAttribute('role', 'alert');
    notice.textContent = text;
    this.#stage.replaceChildren(notice);
  }

  #lookAround(): void {
    this.#fit();
    const environment = this.#environment();
    const text = JSON.stringify(environment);
    if (text === this.#told) return;
    this.#told = text;
    this.#post({ kind: 'environment', environment });
  }

  #environment(): AppEnvironment {
    const { width, height } = this.#room();
    return readEnvironment(width, height);
  }

  #room(): { readonly width: number; readonly height: number } {
    const style = getComputedStyle(this.#stage);
    const inner = (size: number, ...sides: string[]) =>
      Math.max(0, Math.floor(sides.reduce((left, side) => left - (Number.parseFloat(side) || 0), size)));
    return {
      width: inner(this.#stage.clientWidth, style.paddingLeft, style.paddingRight),
      height: inner(this.#stage.clientHeight, style.paddingTop, style.paddingBottom),
    };
  }

  /** As high as the app's content, up to the room there is; an app that says nothing gets all of it. */
  #fit(): void {
    if (!this.#frame) return;
    const { height } = this.#room();
    const border = this.#frame.offsetHeight - this.#frame.clientHeight;
    const wanted = this.#wantedHeight === undefined ? height : Math.ceil(this.#wantedHeight) + border;
    this.#frame.style.height = `${Math.max(minHeight, Math.min(height, wanted))}px`;
  }
}

/** The beginning of the frame's document: our policy is the first thing in its head, and nothing after it can take it back. */
function headOf(csp: string): string {
  const content = csp.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return `<!DOCTYPE html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${content}"><meta http-equiv="x-dns-prefetch-control" content="off">`;
}

/** Waits in the frame for the app and makes place for it, in the same document and so under the same policies. */
const starter = `addEventListener('message', ({ source, data }) => { if (source === parent) { document.open(); document.write(data.html); document.close(); } }, { once: true });`;

/**
 * The frame inherited this page's policy when it was made, so the page could not be stricter until then. From here on, before the
 * app's first line runs, the page itself loads and runs nothing more, and its frame can be sent nowhere.
 */
function lockPage(): void {
  const meta = document.createElement('meta');
  meta.httpEquiv = 'Content-Security-Policy';
  meta.content = `default-src 'none'; frame-src 'none'; script-src 'none'; base-uri 'none'; form-action 'none'`;
  document.head.append(meta);
}

function textOf(data: object): string | undefined {
  try {
    return JSON.stringify(data);
  } catch {
    return undefined; // no JSON, so no message
  }
}
