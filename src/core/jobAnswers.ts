import type { AskAnswer, AskOrigin } from './connection.ts';
import type { Job, TaskRef } from './jobs.ts';

/** The job with the answer to one of its questions; it changes only for a question that outlives the connection. */
export function withAnswer(job: Job, { key, isLasting }: AskOrigin, answer: AskAnswer): Job {
  const { task } = job;
  if (!task || !isLasting) return job;
  return {
    ...job,
    task: {
      ...task,
      answeredKeys: [...task.answeredKeys.filter((other) => other !== key), key],
      givenAnswers: { ...task.givenAnswers, [key]: answer },
    },
  };
}

/** The answer that was recorded for a question whose server may not have it. */
export function givenAnswer(job: Job | undefined, { key, isLasting }: AskOrigin): AskAnswer | undefined {
  const given = job?.task?.givenAnswers;
  return isLasting && given && Object.hasOwn(given, key) ? given[key] : undefined;
}

/** Questions whose answer the server has; the others may have to be given again. */
export function settledKeys(job: Job | undefined): readonly string[] {
  const { answeredKeys = [], givenAnswers = {} } = job?.task ?? {};
  return answeredKeys.filter((key) => !Object.hasOwn(givenAnswers, key));
}

/** The task once its server has moved on, and so has every answer: what was answered is not kept longer than needed. */
export function withAnswersTaken(task: TaskRef): TaskRef {
  const { givenAnswers: _taken, ...rest } = task;
  return rest;
}
