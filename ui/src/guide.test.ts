import { describe, expect, it } from 'vitest';
import { firstOpen, place, stepsAfter, stepsBefore } from './guide';
import type { GuideStepView } from './ipc';

const step = (id: string, own: Partial<GuideStepView> = {}): GuideStepView => ({
  id,
  title: id,
  path: [],
  text: null,
  warning: null,
  values: [],
  done: false,
  optional: false,
  ...own,
});
const guide = {
  vendor: 'Okta',
  needs: '',
  checked: '',
  before: ['create-app', 'metadata', 'access-url'].map((id) => step(id)),
  after: [step('email'), step('assign'), step('custom', { optional: true })],
};
const ids = (steps: GuideStepView[]) => steps.map((one) => one.id);

describe('the steps of a screen', () => {
  it('are the guide’s two halves, metadata first', () => {
    expect(ids(stepsBefore(guide, false))).toEqual(['create-app', 'metadata', 'access-url']);
    expect(ids(stepsAfter(guide, false))).toEqual(['email', 'assign', 'custom']);
  });

  it('are one visit, AWS first, and then what is handed in', () => {
    expect(ids(stepsAfter(guide, true))).toEqual(['create-app', 'email', 'assign', 'custom']);
    expect(ids(stepsBefore(guide, true))).toEqual(['metadata', 'access-url']);
  });
});

describe('where one begins', () => {
  const done = { done: true };
  const optional = { optional: true };
  it.each<[string, GuideStepView[], number]>([
    ['the first that is open', [step('a', done), step('b'), step('c')], 1],
    ['one that is needed before one that is not', [step('a', optional), step('b')], 1],
    ['one that is not needed, when the needed are done', [step('a', done), step('b', optional)], 1],
    ['the last, when all are done', [step('a', done), step('b', done)], 1],
    ['the beginning of nothing', [], 0],
  ])('%s', (_, steps, expected) => {
    expect(firstOpen(steps)).toBe(expected);
  });
});

it.each<[number, [number, number]]>([
  [0, [1, 2]],
  [1, [1, 1]],
  [2, [2, 2]],
])('step %d is counted among its kind: %j', (at, expected) => {
  expect(place([step('a'), step('b', { optional: true }), step('c')], at)).toEqual(expected);
});
