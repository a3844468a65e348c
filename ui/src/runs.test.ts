import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Act } from './act.svelte';
import { GroupsRun, groupsRuns } from './groups-run.svelte';
import type { GroupPlanView, GroupsProgressView, PlanView, ProgressView } from './ipc';
import { PlanRun } from './plan-run.svelte';

// What the other side of the window does with a command: tells its channel, then answers.
type Command = (tell: (message: unknown) => void) => Promise<unknown>;
const commands: Record<string, Command> = {};
const calls: [string, unknown][] = [];

beforeEach(() => {
  const callbacks = new Map<number, (message: unknown) => void>();
  calls.length = 0;
  vi.stubGlobal('__TAURI_INTERNALS__', {
    transformCallback: (callback: (message: unknown) => void) => {
      callbacks.set(callbacks.size + 1, callback);
      return callbacks.size;
    },
    unregisterCallback: () => undefined,
    invoke: (command: string, args: { progress?: { id: number } }) => {
      calls.push([command, args]);
      let index = 0;
      return commands[command]?.((message) => {
        callbacks.get(args.progress?.id ?? 0)?.({ message, index: index++ });
      });
    },
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const draft = { content: 'eA==', users: '', s3_path: '', s3_role: '', take_over: false };
const groups: GroupPlanView = {
  digest: 'd1',
  verb: 'Put 2 groups',
  writes: 2,
  rows: [],
  more: 0,
  counts: [],
};
const groupsRun = (id: string) => new GroupsRun(id, groups, draft, { content: '', users: '' });
const moved = (done: number): GroupsProgressView => ({
  done,
  of: 2,
  rate: 3.5,
  waiting: 'Waiting for AWS',
  failed: null,
});

describe('GroupsRun', () => {
  it('keeps how far it is when a group fails', async () => {
    commands['apply_groups'] = (tell) => {
      tell(moved(1));
      tell({
        done: null,
        of: null,
        rate: null,
        waiting: '',
        failed: { label: 'platform', value: 'refused' },
      });
      return Promise.resolve({ finished: true, failed: [] });
    };
    const run = groupsRun('a');
    await run.go();
    expect([run.done, run.of, run.rate, run.waiting]).toEqual([1, 2, 3.5, 'Waiting for AWS']);
    expect(run.failed).toEqual([{ label: 'platform', value: 'refused' }]);
    expect([run.running, run.outcome?.finished]).toEqual([false, true]);
    expect(calls[0]?.[1]).toMatchObject({ id: 'a', digest: 'd1' });
  });

  it('says why it could not begin', async () => {
    commands['apply_groups'] = () => Promise.reject({ message: 'Look at the difference first.' });
    const run = groupsRun('a');
    await run.go();
    expect([run.running, run.failure]).toEqual([false, 'Look at the difference first.']);
  });

  it('can be stopped again when a stop did not arrive', async () => {
    commands['stop_apply'] = () => Promise.reject({ message: 'no run' });
    const run = groupsRun('a');
    await run.stop();
    expect([run.stopping, run.failure]).toEqual([false, 'no run']);
  });
});

describe('Runs', () => {
  it('are kept until their end was seen, by set-up', async () => {
    let end: (outcome: unknown) => void = () => undefined;
    commands['apply_groups'] = () => new Promise((done) => (end = done));
    const run = groupsRuns.begin(groupsRun('a'));
    const going = run.go();
    groupsRuns.seen(run);
    expect(groupsRuns.of('a')).toBe(run);
    expect(groupsRuns.of('b')).toBeUndefined();
    end({ finished: true, failed: [] });
    await going;
    expect(groupsRuns.of('a')).toBe(run);
    groupsRuns.seen(run);
    expect(groupsRuns.of('a')).toBeUndefined();
  });

  it('do not forget a newer run for the end of an older one', async () => {
    commands['apply_groups'] = () => Promise.resolve({ finished: true, failed: [] });
    const older = groupsRuns.begin(groupsRun('a'));
    await older.go();
    const newer = groupsRuns.begin(groupsRun('a'));
    groupsRuns.seen(older);
    expect(groupsRuns.of('a')).toBe(newer);
  });
});

describe('PlanRun', () => {
  it('counts what is through, and how long each step took', async () => {
    const event = (address: string, state: string): ProgressView => ({
      address,
      state,
      detail: '',
    });
    commands['apply_plan'] = (tell) => {
      for (const [address, state] of [
        ['role', 'running'],
        ['index', 'queued'],
        ['role', 'done'],
      ] as const)
        tell(event(address, state));
      return Promise.resolve({ finished: false });
    };
    const run = new PlanRun('a', { digest: 'd2' } as PlanView, false);
    await run.go('secret');
    expect(run.done).toBe(1);
    expect(run.seconds('role', performance.now() + 60_000)).toBeLessThan(5);
    expect(run.seconds('index', performance.now())).toBeUndefined();
    expect(calls[0]?.[1]).toMatchObject({ secret: 'secret' });
    expect(JSON.stringify(run)).not.toContain('secret');
  });
});

describe('Act', () => {
  it('says what failed, and forgets it with the next try', async () => {
    const act = new Act();
    expect(await act.run(() => Promise.reject({ message: 'refused' }))).toBeUndefined();
    expect([act.busy, act.failure]).toEqual([false, 'refused']);
    const going = act.run(() => Promise.resolve(7));
    expect([act.busy, act.failure]).toEqual([true, '']);
    expect(await going).toBe(7);
    expect(act.busy).toBe(false);
  });
});
