// Which field a refusal speaks of, and what has to be looked at before it is kept.
import type { Options } from './ipc';

export type Field = keyof Options;
/** Fields of one line of text. */
export type Text = {
  [K in Field]: Options[K] extends string ? K : never;
}[Field];
/** What is wrong with a field. */
export type Faults = Partial<Record<Field, string>>;

// As the set-up's own check names them (“…” cannot be the NAME: expected …).
const named = new Map<string, Field>([
  ['Amazon Kendra index', 'kendra_index'],
  ['retriever', 'index'],
  ['KMS key', 'kms_key'],
  ['KMS key of the secret', 'secret_kms_key'],
  ['personalization tag', 'personalization'],
  ['personalization tags', 'personalization'],
  ['source of a personalization tag', 'personalization'],
  ['path of the role', 'role_path'],
  ['permissions boundary', 'permissions_boundary'],
  ['address of the custom application', 'custom_url'],
  ['subtitle', 'subtitle'],
  ['welcome message', 'welcome_message'],
  ['origin', 'origins'],
  ['origins', 'origins'],
  ['custom CSS', 'custom_css_url'],
  ['logo', 'logo_url'],
  ['favicon', 'favicon_url'],
  ['font', 'font_url'],
]);
// The longer beginning stands before the shorter one.
const beginnings: readonly (readonly [RegExp, Field])[] = [
  [/^KMS key of the secret /, 'secret_kms_key'],
  [/^KMS key /, 'kms_key'],
  [/^Amazon Kendra index /, 'kendra_index'],
  [/^A customer-managed KMS key /, 'kms_key'],
  [/^An index of \d+ units /, 'units'],
  [/^AWS would refuse the tag /, 'tags'],
  [/^The tag “/, 'tags'],
  [/^The personalization tag “/, 'personalization'],
  [/^name “.*” \(title\)/, 'title'],
];

/** The field that a refusal names; undefined where it names none. */
export function fieldOf(message: string): Field | undefined {
  const name = /^“.*” cannot be the ([^:]+): expected /s.exec(message)?.[1];
  return named.get(name ?? '') ?? beginnings.find(([beginning]) => beginning.test(message))?.[1];
}

/** Whether a field is on the screen: it applies here, and what it belongs to is chosen. */
export function shows(field: Field, hidden: readonly string[], options: Options): boolean {
  if (hidden.includes(field)) return false;
  if (field === 'kendra_index') return options.index === 'kendra';
  return field !== 'units' || options.index === 'starter' || options.index === 'enterprise';
}

/** Whether a KMS key or an Amazon Kendra index was typed that nobody has looked at yet. */
export function toLookAt(before: Options, now: Options): boolean {
  const typed = (field: 'kms_key' | 'secret_kms_key' | 'kendra_index') =>
    now[field].trim() !== '' && now[field].trim() !== before[field].trim();
  return (
    typed('kms_key') || typed('secret_kms_key') || (now.index === 'kendra' && typed('kendra_index'))
  );
}

/** Units as Rust takes them; what is no number is 0, which it refuses with the range. */
export function units(typed: unknown): number {
  return typeof typed === 'number' && Number.isInteger(typed) && typed >= 0
    ? Math.min(typed, 0xffff_ffff)
    : 0;
}

/** Whether something of these fields was chosen, as against left as it usually is. */
export function chosen(options: Options, fields: readonly Field[]): boolean {
  const usual: Partial<Options> = { role_path: '/', sample_prompts: 'aws', sign_in: 'regional' };
  return fields.some((field) => {
    const value = options[field];
    if (Object.hasOwn(usual, field)) return value !== usual[field];
    return Array.isArray(value) ? value.length > 0 : value !== '' && value !== false;
  });
}
