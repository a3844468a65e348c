// Runs of plans that were begun in this window. A run goes on while other screens are shown, so it
// belongs to none of them.
import { SvelteMap } from 'svelte/reactivity';
import { messageOf } from './failure';
import { Channel, commands, type OutcomeView, type PlanView, type ProgressView } from './ipc';

export class Run {
  running = $state(true);
  stopping = $state(false);
  outcome = $state<OutcomeView>();
  failure = $state('');
  states = $state<Record<string, ProgressView>>({});
  #began: Record<string, number> = {};
  #took: Record<string, number> = {};

  constructor(
    readonly id: string,
    readonly plan: PlanView,
    readonly removal: boolean,
  ) {}

  /** Runs it until it ends, one way or another; the client secret is handed on and not kept. */
  async go(secret: string | null) {
    const progress = new Channel<ProgressView>();
    progress.onmessage = (event) => {
      const { address, state } = event;
      if (state === 'running') this.#began[address] ??= performance.now();
      const start = this.#began[address];
      if (start !== undefined && (state === 'done' || state === 'failed'))
        this.#took[address] = performance.now() - start;
      this.states[address] = event;
    };
    try {
      this.outcome = await commands.applyPlan(this.id, this.plan.digest, secret, progress);
    } catch (error) {
      this.failure = messageOf(error);
    } finally {
      this.running = false;
      this.stopping = false;
    }
  }

  async stop() {
    this.stopping = true;
    try {
      await commands.stopApply(this.id);
    } catch (error) {
      this.failure = messageOf(error);
      this.stopping = false;
    }
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

const runs = new SvelteMap<string, Run>();

/** The run of a set-up that is under way, or whose end nobody has seen yet. */
export const runOf = (id: string) => runs.get(id);

export function begin(id: string, plan: PlanView, removal: boolean) {
  const run = new Run(id, plan, removal);
  runs.set(id, run);
  return run;
}

/** Its end was seen. */
export function seen(run: Run | undefined) {
  if (run && !run.running) runs.delete(run.id);
}
