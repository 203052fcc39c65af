import { completePlan, type Answers, type CompletedPlan } from './installComplete.ts';
import { currentPlan, currentTarget, nameProblem, plannedOf, type InstallFlow } from './installFlow.ts';
import { answerKeys, answersOf } from './installForm.ts';
import type { PlannedLaunch } from './installPlan.ts';
import { knowsInputs, readsOf } from './installTarget.ts';
import type { JsonObject } from './json.ts';

/** The flow with what the user filled in, and the plan with these answers. */
export function answered(
  flow: InstallFlow,
  content: JsonObject,
): { readonly flow: InstallFlow; readonly completed: CompletedPlan } {
  const { flow: next, planned } = withAnswers(flow, content);
  return { flow: next, completed: completed(next, planned) };
}

/** The problems of what is filled in so far; nothing is remembered. */
export function problemsOf(
  flow: InstallFlow,
  content: JsonObject,
): Extract<CompletedPlan, { kind: 'problems' }>['problems'] {
  const { flow: next, planned } = withAnswers(flow, content);
  const done = completed(next, planned);
  return done.kind === 'problems' ? done.problems : [];
}

function withAnswers(
  flow: InstallFlow,
  content: JsonObject,
): { readonly flow: InstallFlow; readonly planned: PlannedLaunch | undefined } {
  const plan = currentPlan(flow);
  const planned = plan === undefined ? undefined : plannedOf(plan);
  if (planned === undefined) return { flow, planned };
  const keyOf = answerKeys(flow.choices.name);
  const answers = answersOf(planned.inputs, content, flow.known, keyOf);
  const kept = new Set(flow.known.kept);
  for (const input of planned.inputs) {
    const key = keyOf(input.id);
    if (input.isPassword && isGiven(answers[key])) kept.add(key);
    else if (isGiven(answers[key])) kept.delete(key);
  }
  return { flow: { ...flow, known: { answers: { ...flow.known.answers, ...answers }, kept } }, planned };
}

function completed(flow: InstallFlow, planned: PlannedLaunch | undefined): CompletedPlan {
  const problem = (message: string): CompletedPlan => ({
    kind: 'problems',
    problems: [{ inputId: undefined, message }],
  });
  const target = currentTarget(flow);
  const plan = currentPlan(flow);
  if (target === undefined) return problem('There is no file to write to.');
  if (plan === undefined || planned === undefined)
    return problem(plan === undefined ? 'Nothing is chosen.' : plan.reasons.join('; '));
  const fault = nameProblem(flow);
  if (fault !== undefined) return problem(`The name ${fault}.`);
  const { kind } = target.source;
  const answers = answersFor(planned, flow);
  const hasInputs = knowsInputs(kind);
  const done = completePlan(planned, answers, {
    allowPrivate: flow.choices.allowPrivate,
    style: hasInputs ? 'inputs' : 'literal',
    reads: readsOf(kind),
  });
  if (done.kind === 'problems' || hasInputs) return done;
  const secrets = planned.inputs.filter(
    (input) => input.isPassword && isGiven(answers[input.id] ?? input.default),
  );
  if (secrets.length === 0) return done;
  return {
    kind: 'problems',
    problems: secrets.map((input) => ({
      inputId: input.id,
      message: `${input.label} is a secret, and this file can hold secrets only as plain text: choose an mcp.json of VS Code`,
    })),
  };
}

/** Answers that concern this plan. A secret stays one: it does not answer what another version asks for in the open. */
function answersFor(planned: PlannedLaunch, { known, choices }: InstallFlow): Answers {
  const keyOf = answerKeys(choices.name);
  return Object.fromEntries(
    planned.inputs.flatMap((input) => {
      const answer = known.answers[keyOf(input.id)];
      const isHidden = known.kept.has(keyOf(input.id)) && !input.isPassword;
      return answer === undefined || isHidden ? [] : [[input.id, answer] as const];
    }),
  );
}

function isGiven(answer: string | readonly string[] | undefined): boolean {
  return answer !== undefined && [answer].flat().some((value) => value !== '');
}
