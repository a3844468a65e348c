// Which of an account's applications is chosen: those that were listed, and what was picked or typed. A
// screen holds it, so that it outlives the part that shows it.
import { Act } from './act.svelte';
import { commands, type ApplicationRow, type Draft } from './ipc';

export class Choice {
  readonly listing = new Act();
  listed = $state<ApplicationRow[]>();
  picked = $state('');
  typed = $state('');

  /** Id or ARN; empty while none is chosen. What is typed counts before what is picked. */
  get id() {
    return this.typed.trim() || this.picked;
  }

  /** Another place was chosen: what was listed is of the last one. */
  forget() {
    this.listed = undefined;
    this.picked = '';
    this.listing.failure = '';
  }

  async list(draft: Draft) {
    this.forget();
    this.listed = await this.listing.run(() => commands.applications({ ...draft }));
    if (this.listed?.length === 1) this.picked = this.listed[0]?.id ?? '';
  }
}
