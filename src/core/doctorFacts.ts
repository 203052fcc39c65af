import type { AuthReport } from './authView.ts';
import type { ErrorCode } from './util/errors.ts';

/** What the doctor saw of one server; each part is absent when it was not reached. Texts are as received, secrets hidden. */
export interface DoctorFacts {
  readonly server: {
    readonly id: string;
    readonly name: string;
    readonly kind: 'stdio' | 'http';
    /** The command line or the address as configured, secrets masked. */
    readonly target: string;
    readonly file: string;
    readonly line: number;
  };
  readonly platform: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `live`: the running connection was looked at; `trial`: one was opened for the look, and closed. */
  readonly way: 'live' | 'trial';
  readonly entry?: EntryFacts;
  readonly command?: CommandFacts;
  readonly host?: HostFacts;
  readonly connect?: ConnectFacts;
  readonly auth?: { readonly ms: number; readonly report: AuthReport };
  readonly lists?: readonly ListFacts[];
}

/** Why something did not work, as far as it can be told apart without reading words. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly nextStep: string | undefined;
  /** HTTP status behind it. */
  readonly status: number | undefined;
  /** JSON-RPC error code behind it. */
  readonly rpcCode: number | undefined;
  /** The system's code: `ECONNREFUSED`, `CERT_HAS_EXPIRED`, … */
  readonly system: string | undefined;
}

/** The entry made ready: allowed, agreed to, its variables replaced. */
export interface EntryFacts {
  readonly ms: number;
  readonly failure: Failure | undefined;
  /** What the resolver noticed, e.g. a variable that is empty. */
  readonly notes: readonly string[];
  readonly isDisabled: boolean;
  /** The entry sends an Authorization header of its own. */
  readonly hasOwnSignIn: boolean;
}

/** The command of a local server, looked for as the system will. */
export interface CommandFacts {
  readonly ms: number;
  readonly command: string;
  /** Where it was found. */
  readonly found: string | undefined;
  readonly problem: 'missing' | 'not-executable' | 'folder' | undefined;
  /** It was named by a path, not looked for on the PATH. */
  readonly isPath: boolean;
  readonly pathFolders: number;
  readonly cwd: { readonly path: string; readonly exists: boolean } | undefined;
  /** A file that the arguments have the command run. */
  readonly script: { readonly path: string; readonly exists: boolean } | undefined;
}

/** The host of a remote server, looked up. */
export interface HostFacts {
  readonly ms: number;
  readonly host: string;
  readonly isLoopback: boolean;
  readonly isSecure: boolean;
  readonly addresses: readonly string[];
  readonly failure: Failure | undefined;
}

/** One request and what came back. */
export interface Exchange {
  readonly method: string;
  /** Undefined without an answer. */
  readonly ms: number | undefined;
  readonly rpcCode: number | undefined;
  readonly message: string | undefined;
  /** The protocol version that the answer names. */
  readonly version: string | undefined;
}

/** One HTTP request of the connect. */
export interface HttpExchange {
  readonly method: string;
  /** Without query. */
  readonly url: string;
  readonly ms: number;
  readonly status: number | undefined;
  readonly contentType: string | undefined;
  /** Where redirects led, when that is another address. */
  readonly redirectedTo: string | undefined;
  /** Of the network, when there was no answer. */
  readonly system: string | undefined;
}

/** The connect: process or requests, handshake, era. */
export interface ConnectFacts {
  /** Until something of the server was there: its process ran, or its first answer came. */
  readonly startMs: number | undefined;
  readonly handshakeMs: number | undefined;
  readonly failure: Failure | undefined;
  readonly exchanges: readonly Exchange[];
  readonly http: readonly HttpExchange[];
  readonly info:
    | {
        readonly era: 'legacy' | 'modern';
        readonly protocolVersion: string;
        readonly transport: 'stdio' | 'streamable-http' | 'sse';
        readonly serverName: string | undefined;
        readonly serverVersion: string | undefined;
        readonly pid: number | undefined;
      }
    | undefined;
  /** How its process ended by itself. */
  readonly exit: { readonly code: number | undefined; readonly signal: string | undefined } | undefined;
  /** The last lines of stderr. */
  readonly stderr: readonly string[];
  /** The first line on stdout that is no message. */
  readonly noise: string | undefined;
  /** Seconds that were waited for. */
  readonly patience: number;
}

/** One list of a connected server. */
export interface ListFacts {
  readonly list: 'tools' | 'resources' | 'resourceTemplates' | 'prompts';
  readonly ms: number;
  /** The server says that it has this kind. */
  readonly isDeclared: boolean;
  readonly count: number;
  readonly problems: readonly string[];
  readonly failure: Failure | undefined;
}
