import type { Frame } from './connection.ts';

const maxFrames = 200;

/** The messages of one job among those of its connection: its requests and their answers, progress on them, and whatever names its task. */
export function framesOfJob(
  frames: readonly Frame[],
  requestIds: ReadonlySet<string | number>,
  taskId: string | undefined,
): readonly Frame[] {
  const tokens = [...requestIds].map((id) => String(id).replace(/[^\w-]/g, '\\$&'));
  const token =
    tokens.length === 0 ? undefined : new RegExp(`"progressToken"\\s*:\\s*"?(?:${tokens.join('|')})\\b`);
  const task = taskId === undefined || taskId === '' ? undefined : JSON.stringify(taskId);
  // Ids of requests about the task: its answers name it too, but need not.
  const related = new Set<string>();
  const belongs = (frame: Frame): boolean => {
    const key = frame.id === undefined ? undefined : exchangeOf(frame);
    if (key !== undefined && related.has(key)) return true;
    const isOwn = frame.id !== undefined && isOurs(frame) && requestIds.has(frame.id);
    const isNamed = task !== undefined && frame.text.includes(task);
    const isProgress =
      token !== undefined && frame.method === 'notifications/progress' && token.test(frame.text);
    if (!isOwn && !isNamed && !isProgress) return false;
    if (key !== undefined) related.add(key);
    return true;
  };
  return frames.filter(belongs).slice(-maxFrames);
}

/** Both sides number their own requests: an id alone says nothing. */
function exchangeOf(frame: Frame): string {
  return `${isOurs(frame) ? 'ours' : 'theirs'} ${frame.id}`;
}

function isOurs({ direction, kind }: Frame): boolean {
  return (direction === 'sent') === (kind === 'request');
}
