import { describe, expect, it } from 'vitest';
import type { Position, RailStep } from './ipc';
import { afterConfigure, afterOptions, afterPlan, before } from './way';

const step = (id: Position, optional = false, reachable = true): RailStep => ({
  id,
  label: id,
  owner: '',
  done: false,
  optional,
  reachable,
});

describe('the way back', () => {
  const metadataFirst = [step('options', true), step('metadata'), step('plan'), step('configure')];
  const awsFirst = [step('options', true), step('plan'), step('configure'), step('metadata')];
  it.each<[string, RailStep[], Position, Position | undefined]>([
    ['leads over what was done', metadataFirst, 'configure', 'plan'],
    ['passes what is optional', metadataFirst, 'metadata', undefined],
    ['follows another order', awsFirst, 'metadata', 'configure'],
    ['ends at Home', awsFirst, 'plan', undefined],
    ['ends at Home from the first step of all', metadataFirst, 'options', undefined],
    ['knows nothing before a step that is not there', metadataFirst, 'report', undefined],
    [
      'leaves out what cannot be gone to',
      [step('plan'), step('configure', false, false), step('test')],
      'test',
      'plan',
    ],
  ])('%s', (_, steps, id, expected) => {
    expect(before(steps, id)).toBe(expected);
  });
});

describe('the way on', () => {
  it.each<[Position, Position]>([
    ['plan', 'configure'],
    ['configure', 'configure'],
    ['metadata', 'metadata'],
    ['test', 'test'],
    ['report', 'report'],
  ])('from a plan that is done, where the set-up stands at %s, is %s', (position, expected) => {
    expect(afterPlan({ position })).toBe(expected);
  });
  it.each<[Position, Position]>([
    ['test', 'test'],
    ['report', 'test'],
    ['metadata', 'metadata'],
    ['plan', 'plan'],
    ['configure', 'configure'],
  ])('from the portal, where the set-up stands at %s, is %s', (position, expected) => {
    expect(afterConfigure({ position })).toBe(expected);
  });

  it.each<[Position, boolean, Position]>([
    ['metadata', false, 'metadata'],
    ['plan', true, 'plan'],
    ['report', true, 'plan'],
  ])('from the options at %s, with a plan: %s, is %s', (position, reachable, expected) => {
    expect(afterOptions({ position, steps: [step('plan', false, reachable)] })).toBe(expected);
  });
});
