// The order of the screens of one set-up, as Rust gives it.
import type { Position, RailStep, SetupView } from './ipc';

/** The step that is met before this one; optional ones are in nobody's way back. */
export function before(steps: readonly RailStep[], id: Position): Position | undefined {
  const at = steps.findIndex((step) => step.id === id);
  return steps.slice(0, Math.max(at, 0)).findLast((step) => !step.optional && step.reachable)?.id;
}

/**
 * Where one goes once the identity provider was told what AWS gave. With AWS first its metadata comes
 * next; a step that was left out brings back to where it is.
 */
export function afterConfigure(setup: Pick<SetupView, 'position'>): Position {
  const { position } = setup;
  return position === 'metadata' || position === 'plan' || position === 'configure'
    ? position
    : 'test';
}

/** Where one goes once AWS has everything: to the first thing that is not done. */
export function afterPlan({
  position,
}: Pick<SetupView, 'position'>): 'configure' | 'metadata' | 'test' | 'report' {
  return position === 'metadata' || position === 'test' || position === 'report'
    ? position
    : 'configure';
}

/** Where one goes with other options: to the plan that shows the change, as soon as there is one. */
export function afterOptions(setup: Pick<SetupView, 'position' | 'steps'>): Position {
  const plan = setup.steps.find((step) => step.id === 'plan');
  return plan?.reachable ? 'plan' : setup.position;
}
