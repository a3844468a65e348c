import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const files = readdirSync('src', { recursive: true })
  .map(String)
  .filter((name) => /\.(ts|svelte)$/.test(name));

describe('the sources', () => {
  it('know Tauri in ipc.ts alone', () => {
    const guilty = files.filter(
      (name) =>
        !['ipc.ts', 'tidy.test.ts'].includes(name) &&
        readFileSync(join('src', name), 'utf8').includes('@tauri-apps'),
    );
    expect(guilty).toEqual([]);
  });

  it('use no raw colours outside the tokens', () => {
    const guilty = files.filter(
      (name) =>
        name.endsWith('.svelte') &&
        /#[0-9a-f]{3,8}\b(?![\w-]*")/i.test(
          readFileSync(join('src', name), 'utf8').split('<style>')[1] ?? '',
        ),
    );
    expect(guilty).toEqual([]);
  });
});
