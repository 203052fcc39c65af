import { AppBridge } from '@modelcontextprotocol/ext-apps/app-bridge';
import {
  ProtocolError,
  ProtocolErrorCode,
  type CallToolResult,
  type JSONRPCMessage,
  type ListResourcesResult,
  type ListResourceTemplatesResult,
  type ReadResourceResult,
  type Transport,
} from '@modelcontextprotocol/client';
import type { CallResult } from '../core/connection.ts';
import type { JsonObject } from '../core/json.ts';
import type { AppBridgeEnd, AppBridgeOptions } from '../core/mcpAppBridge.ts';
import type { AppDeclaration } from '../core/mcpAppPolicy.ts';
import { toAppError, type ErrorCode } from '../core/util/errors.ts';

const teardownMs = 1_000;

/** Speaks MCP Apps (2026-01-26) with one app over messages that somebody else carries; what the app may do is the session's to say. */
export async function createAppBridge(options: AppBridgeOptions): Promise<AppBridgeEnd> {
  const { session, declaration, version, post } = options;
  const transport = new PostedTransport(post);
  const bridge = new AppBridge(
    null,
    { name: 'mcp-switchboard', title: 'MCP Switchboard', version },
    {
      openLinks: {},
      serverTools: {},
      serverResources: {},
      logging: {},
      message: { text: {} },
      sandbox: sandboxOf(declaration),
    },
    { hostContext: options.context },
  );
  bridge.oncalltool = (params, { mcpReq }) =>
    answered(async () => {
      const { name, arguments: args } = params;
      return toWireResult(await session.callTool(name, (args ?? {}) as JsonObject, mcpReq.signal));
    });
  bridge.onreadresource = ({ uri }, { mcpReq }) =>
    answered(async () => {
      const contents = await session.readResource(uri, mcpReq.signal);
      return { contents: contents as unknown as ReadResourceResult['contents'] };
    });
  bridge.onlistresources = (_params, { mcpReq }) =>
    answered(async () => {
      const resources = await session.list('resources', mcpReq.signal);
      return { resources: resources as unknown as ListResourcesResult['resources'] };
    });
  bridge.onlistresourcetemplates = (_params, { mcpReq }) =>
    answered(async () => {
      const templates = await session.list('resourceTemplates', mcpReq.signal);
      return {
        resourceTemplates: templates as unknown as ListResourceTemplatesResult['resourceTemplates'],
      };
    });
  bridge.onopenlink = ({ url }) =>
    answered(async () => {
      await session.openLink(url);
      return {};
    });
  bridge.onmessage = ({ content }) =>
    answered(async () => {
      await session.message(content as unknown as readonly JsonObject[]);
      return {};
    });
  bridge.onloggingmessage = ({ level, data }) => session.log(level, data as never);
  bridge.onsizechange = ({ height }) => {
    if (height !== undefined && Number.isFinite(height) && height >= 0) options.onHeight(height);
  };
  bridge.onrequestteardown = () => options.onEnd();
  let isInitialized = false;
  let ending: Promise<void> | undefined;
  let context = options.context;
  bridge.oninitialized = () => {
    isInitialized = true;
    bridge.setHostContext(context);
    options.onInitialized();
  };
  await bridge.connect(transport);
  return {
    receive: (message) => transport.onmessage?.(message as unknown as JSONRPCMessage),
    showInput: (args) => bridge.sendToolInput({ arguments: args }),
    showResult: (result) => bridge.sendToolResult(toWireResult(result)),
    showCancelled: (reason) => bridge.sendToolCancelled({ reason }),
    setContext: (next) => {
      context = next;
      // Before the handshake an app must not be sent anything.
      if (isInitialized) bridge.setHostContext(next);
    },
    teardown: async () => {
      if (!isInitialized) return;
      ending ??= bridge.teardownResource({}, { timeout: teardownMs }).then(
        () => undefined,
        () => undefined, // late, refused or gone: it ends all the same
      );
      await ending;
    },
    close: () => bridge.close(),
  };
}

/** Carries messages to and from somebody who posts them. */
class PostedTransport implements Transport {
  onmessage?: Transport['onmessage'];
  onclose?: () => void;
  onerror?: (error: Error) => void;
  readonly #post: (message: JsonObject) => void;

  constructor(post: (message: JsonObject) => void) {
    this.#post = post;
  }

  async start(): Promise<void> {
    // Nothing has to be opened.
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.#post(message as unknown as JsonObject);
  }

  async close(): Promise<void> {
    this.onclose?.();
  }
}

/** The words of our errors are for the app; what went wrong inside stays inside. */
async function answered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = toAppError(error);
    throw new ProtocolError(rpcCodeOf(code), code === 'internal' ? 'internal error' : message);
  }
}

function rpcCodeOf(code: ErrorCode): number {
  switch (code) {
    case 'invalid-input':
    case 'not-found':
      return ProtocolErrorCode.InvalidParams;
    case 'internal':
      return ProtocolErrorCode.InternalError;
    default:
      return -32000;
  }
}

function toWireResult({ content, structuredContent, isError, meta }: CallResult): CallToolResult {
  return {
    content: content as unknown as CallToolResult['content'],
    ...(structuredContent === undefined ? {} : { structuredContent: structuredContent }),
    ...(isError ? { isError } : {}),
    ...(meta ? { _meta: meta } : {}),
  };
}

/** What of the declaration was granted, in the words of the extension. */
function sandboxOf({ connect, resources, frames, baseUris, permissions }: AppDeclaration) {
  return {
    permissions: permissions.includes('clipboardWrite') ? { clipboardWrite: {} } : {},
    csp: {
      connectDomains: [...connect],
      resourceDomains: [...resources],
      frameDomains: [...frames],
      baseUriDomains: [...baseUris],
    },
  };
}
