// Runs of groups.
import {
  commands,
  type GroupPlanView,
  type GroupsDraft,
  type GroupsOutcomeView,
  type GroupsProgressView,
  type Pair,
} from './ipc';
import { Run, Runs } from './run.svelte';

export class GroupsRun extends Run<GroupsProgressView, GroupsOutcomeView> {
  done = $state(0);
  of: number;
  /** Groups a second. */
  rate = $state<number>();
  waiting = $state('');
  failed = $state<Pair[]>([]);

  constructor(
    id: string,
    readonly plan: GroupPlanView,
    /** The file that it came from, to be compared again afterwards. */
    readonly draft: GroupsDraft,
    /** What was chosen for it, in words. */
    readonly names: { content: string; users: string },
  ) {
    super(id);
    this.of = $state(plan.writes);
  }

  go() {
    return this.follow((progress) => commands.applyGroups(this.id, this.plan.digest, progress));
  }

  protected take(event: GroupsProgressView) {
    if (event.failed) {
      this.failed.push(event.failed);
      return;
    }
    this.done = event.done ?? this.done;
    this.of = event.of ?? this.of;
    this.rate = event.rate ?? this.rate;
    this.waiting = event.waiting;
  }
}

export const groupsRuns = new Runs<GroupsRun>();
