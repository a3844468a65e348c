// Which steps of the guide belong to which screen.
import type { GuideStepView, GuideView } from './ipc';

// Steps at whose end something is handed in, by id.
const handing = new Set(['metadata', 'access-url']);

/**
 * Steps before something is handed in. With AWS first the administrator has been in the portal by
 * then, so that only the handing in is left.
 */
export function stepsBefore(guide: GuideView, awsFirst: boolean): GuideStepView[] {
  return awsFirst ? guide.before.filter((step) => handing.has(step.id)) : guide.before;
}

/** Steps with AWS's values. With AWS first the application is made on the same visit. */
export function stepsAfter(guide: GuideView, awsFirst: boolean): GuideStepView[] {
  return awsFirst
    ? [...guide.before.filter((step) => !handing.has(step.id)), ...guide.after]
    : guide.after;
}

/** The step to begin at: the first that has to be done, else the first that may be, else the last. */
export function firstOpen(steps: readonly GuideStepView[]): number {
  const needed = steps.findIndex((step) => !step.done && !step.optional);
  const any = steps.findIndex((step) => !step.done);
  return needed !== -1 ? needed : any !== -1 ? any : Math.max(steps.length - 1, 0);
}

/** Which one of its kind a step is, and of how many: what is optional is counted apart. */
export function place(steps: readonly GuideStepView[], at: number): [n: number, of: number] {
  const kind = steps[at]?.optional;
  const alike = steps.filter((step) => step.optional === kind);
  return [steps.slice(0, at + 1).filter((step) => step.optional === kind).length, alike.length];
}
