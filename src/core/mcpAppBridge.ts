import type { CallResult } from './connection.ts';
import type { JsonObject } from './json.ts';
import type { AppDeclaration } from './mcpAppPolicy.ts';
import type { AppSession } from './mcpAppSession.ts';

/** What the protocol end of an app is made with. */
export interface AppBridgeOptions {
  readonly session: AppSession;
  readonly declaration: AppDeclaration;
  /** Ours. */
  readonly version: string;
  /** What the app is told of where it is shown (`HostContext`, MCP Apps 2026-01-26). */
  readonly context: JsonObject;
  /** Sends a message to the app. */
  readonly post: (message: JsonObject) => void;
  /** The app is ready to be shown something; again when it starts anew. */
  readonly onInitialized: () => void;
  /** The app's content is this high, in CSS pixels. */
  readonly onHeight: (height: number) => void;
  /** The app wants to be closed. */
  readonly onEnd: () => void;
}

/** The protocol end of one app. Notifications reject when the bridge is closed. */
export interface AppBridgeEnd {
  /** Takes a message of the app that has passed the guard. */
  receive(message: JsonObject): void;
  showInput(args: JsonObject): Promise<void>;
  showResult(result: CallResult): Promise<void>;
  showCancelled(reason: string): Promise<void>;
  /** Tells the app what has changed around it. */
  setContext(context: JsonObject): void;
  /** Lets the app end by itself; resolves after a second at the latest. */
  teardown(): Promise<void>;
  close(): Promise<void>;
}
