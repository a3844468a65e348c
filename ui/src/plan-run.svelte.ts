// Runs of plans.
import { commands, type OutcomeView, type PlanView, type ProgressView } from './ipc';
import { Run, Runs } from './run.svelte';

export class PlanRun extends Run<ProgressView, OutcomeView> {
  states = $state<Record<string, ProgressView>>({});
  #began: Record<string, number> = {};
  #took: Record<string, number> = {};

  constructor(
    id: string,
    readonly plan: PlanView,
    readonly removal: boolean,
  ) {
    super(id);
  }

  /** The client secret is handed on and not kept. */
  go(secret: string | null) {
    return this.follow((progress) =>
      commands.applyPlan(this.id, this.plan.digest, secret, progress),
    );
  }

  protected take(event: ProgressView) {
    const { address, state } = event;
    if (state === 'running') this.#began[address] ??= performance.now();
    const start = this.#began[address];
    if (start !== undefined && (state === 'done' || state === 'failed'))
      this.#took[address] = performance.now() - start;
    this.states[address] = event;
  }

  /** Seconds that a step has taken by `now`, a reading of `performance.now()`. */
  seconds(address: string, now: number): number | undefined {
    const start = this.#began[address];
    return start === undefined ? undefined : (this.#took[address] ?? now - start) / 1000;
  }

  /** Steps that are through. */
  get done() {
    return Object.values(this.states).filter((s) => s.state === 'done').length;
  }
}

export const planRuns = new Runs<PlanRun>();
