import * as z from 'zod';

const id = z.string().min(1).max(1024);

/** The tabs of a server's page. */
export const serverTab = z.enum([
  'overview',
  'tools',
  'resources',
  'prompts',
  'identity',
  'sign-in',
  'doctor',
  'quality',
  'traffic',
]);

/** The page a dashboard was on, as its webview keeps it over a reload; checked because anything could be in there. */
export const savedPage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('servers') }),
  z.object({
    kind: z.literal('server'),
    serverId: id,
    tab: serverTab,
    tool: id.optional(),
  }),
  z.object({ kind: z.literal('jobs'), jobId: id.optional() }),
  z.object({ kind: z.literal('requests'), requestId: id.optional() }),
  z.object({
    kind: z.literal('registry'),
    entry: z.object({ registryId: id, name: id, version: id.optional(), compare: id.optional() }).optional(),
  }),
  z.object({ kind: z.literal('activity'), seq: z.int().optional() }),
  z.object({ kind: z.literal('install') }),
  z.object({ kind: z.literal('agents') }),
]);
