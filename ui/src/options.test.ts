import { describe, expect, it } from 'vitest';
import type { Options } from './ipc';
import { chosen, fieldOf, shows, toLookAt, units, type Field } from './options';
import { usual } from './usual.fixture';

const options = (own: Partial<Options> = {}): Options => ({ ...usual, ...own });

describe('a refusal', () => {
  it.each<[string, Field | undefined]>([
    ['“x” cannot be the subtitle: expected at most 500 characters.', 'subtitle'],
    ['“x” cannot be the KMS key: expected arn:aws:kms:…', 'kms_key'],
    ['“x” cannot be the KMS key of the secret: expected arn:aws:kms:…', 'secret_kms_key'],
    ['“a\nb” cannot be the origin: expected https://HOST.', 'origins'],
    ['“11” cannot be the origins: expected at most 10.', 'origins'],
    ['“team” cannot be the path of the role: expected / or /name/.', 'role_path'],
    ['“x” cannot be the address of the custom application: expected https.', 'custom_url'],
    ['“” cannot be the Amazon Kendra index: expected its id.', 'kendra_index'],
    ['“email” cannot be the personalization tag: expected another.', 'personalization'],
    ['A customer-managed KMS key needs an ENTERPRISE index. Choose it.', 'kms_key'],
    ['An index of 9 units is not possible: expected 1 to 5.', 'units'],
    ['AWS would refuse the tag “aws:x”; expected a key.', 'tags'],
    ['The tag “a” is there twice. Take one of them out.', 'tags'],
    ['The personalization tag “a” is there twice.', 'personalization'],
    ['name “x” (title): expected at most 500 characters', 'title'],
    ['name “x” (role): expected no period', undefined],
    ['KMS key arn:aws:kms:x: expected a key, found none.', 'kms_key'],
    ['KMS key of the secret arn:aws:kms:x could not be looked at: denied.', 'secret_kms_key'],
    ['Amazon Kendra index 1 could not be looked at: denied.', 'kendra_index'],
    ['Q Apps do not exist in eu-west-1.', undefined],
    ['“x” cannot be the constructor: expected nothing.', undefined],
    ['', undefined],
  ])('%j speaks of %s', (message, field) => {
    expect(fieldOf(message)).toBe(field);
  });
});

describe('what is shown', () => {
  it.each<[Field, Partial<Options>, string[], boolean]>([
    ['title', {}, [], true],
    ['q_apps', {}, ['q_apps'], false],
    ['units', { index: 'starter' }, [], true],
    ['units', { index: 'enterprise' }, [], true],
    ['units', { index: 'kendra' }, [], false],
    ['units', { index: 'none' }, [], false],
    ['kendra_index', { index: 'kendra' }, [], true],
    ['kendra_index', { index: 'starter' }, [], false],
  ])('%s with %j and without %j: %s', (field, own, hidden, expected) => {
    expect(shows(field, hidden, options(own))).toBe(expected);
  });
});

describe('what has to be looked at', () => {
  it.each<[Partial<Options>, Partial<Options>, boolean]>([
    [{}, {}, false],
    [{}, { title: 'x' }, false],
    [{}, { kms_key: 'arn' }, true],
    [{ kms_key: 'arn' }, { kms_key: ' arn ' }, false],
    [{ kms_key: 'arn' }, { kms_key: '' }, false],
    [{}, { secret_kms_key: 'arn' }, true],
    [{}, { index: 'kendra', kendra_index: 'id' }, true],
    [{}, { index: 'starter', kendra_index: 'id' }, false],
  ])('from %j to %j: %s', (before, now, expected) => {
    expect(toLookAt(options(before), options(now))).toBe(expected);
  });
});

it.each<[unknown, number]>([
  [3, 3],
  [undefined, 0],
  [null, 0],
  ['3', 0],
  [-1, 0],
  [1.5, 0],
  [1e12, 0xffff_ffff],
])('units typed as %j cross as %d', (typed, expected) => {
  expect(units(typed)).toBe(expected);
});

it.each<[Partial<Options>, Field[], boolean]>([
  [{}, ['role_path', 'permissions_boundary', 'managed_policy'], false],
  [{ role_path: '/q/' }, ['role_path'], true],
  [{ managed_policy: true }, ['managed_policy'], true],
  [{ sample_prompts: 'off' }, ['sample_prompts'], true],
  [{ tags: [{ key: 'a', value: 'b' }] }, ['tags'], true],
  [{ tags: [{ key: 'a', value: 'b' }] }, ['origins'], false],
])('of %j, something of %j was chosen: %s', (own, fields, expected) => {
  expect(chosen(options(own), fields)).toBe(expected);
});
