// A run: what was begun in AWS from this window and goes on while other screens are shown, so that it
// belongs to none of them.
import { SvelteMap } from 'svelte/reactivity';
import { messageOf } from './failure';
import { Channel, commands } from './ipc';

export abstract class Run<Event, Outcome> {
  running = $state(true);
  stopping = $state(false);
  outcome = $state<Outcome>();
  failure = $state('');

  /** `id` of the set-up, which has one run at a time. */
  constructor(readonly id: string) {}

  /** One event of it. */
  protected abstract take(event: Event): void;

  /** Follows it until it ends, one way or another. */
  protected async follow(begin: (progress: Channel<Event>) => Promise<Outcome>) {
    const progress = new Channel<Event>();
    progress.onmessage = (event) => {
      this.take(event);
    };
    try {
      this.outcome = await begin(progress);
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
}

/** Runs of one kind that are under way, or whose end nobody has seen yet, by set-up. */
export class Runs<R extends { readonly id: string; running: boolean }> {
  #all = new SvelteMap<string, R>();

  of(id: string): R | undefined {
    return this.#all.get(id);
  }

  begin(run: R): R {
    this.#all.set(run.id, run);
    return run;
  }

  /** Its end was seen. */
  seen(run: R | undefined) {
    if (run && !run.running && this.#all.get(run.id) === run) this.#all.delete(run.id);
  }
}
