// One act of a screen that has several: whether it is under way, and what it failed with, beside what
// was pressed for it.
import { messageOf } from './failure';

export class Act {
  busy = $state(false);
  failure = $state('');

  /** What `work` gave; nothing when it failed. */
  async run<T>(work: () => Promise<T>): Promise<T | undefined> {
    this.busy = true;
    this.failure = '';
    try {
      return await work();
    } catch (error) {
      this.failure = messageOf(error);
      return undefined;
    } finally {
      this.busy = false;
    }
  }
}
