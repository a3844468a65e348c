// A sign-in that is waited for in its window: how long still, and whether it was cancelled here.
import { commands } from './ipc';

const LIMIT = 300;

export class Waiting {
  on = $state(false);
  /** Seconds. */
  left = $state(LIMIT);
  #cancelled = false;

  /**
   * What `work` gave; nothing when it was cancelled here, for whoever cancels knows that it did not come.
   */
  async run<T>(work: () => Promise<T>): Promise<T | undefined> {
    this.#cancelled = false;
    this.on = true;
    this.left = LIMIT;
    const end = Date.now() + LIMIT * 1000;
    const timer = setInterval(
      () => (this.left = Math.max(0, Math.round((end - Date.now()) / 1000))),
      250,
    );
    try {
      return await work();
    } catch (error) {
      if (this.#cancelled) return undefined;
      throw error;
    } finally {
      clearInterval(timer);
      this.on = false;
    }
  }

  async cancel() {
    if (!this.on) return;
    this.#cancelled = true;
    await commands.cancelSignIn();
  }
}
