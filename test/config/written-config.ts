/** Configurations written to a real file and loaded from there, for the tests of this folder. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { ConfigError } from '../../src/config/config-error.js';
import { type LoadOptions, loadConfig } from '../../src/config/load.js';
import type { Config } from '../../src/config/schema.js';

/** A folder for this test file; it is removed at the end. */
export const folder = mkdtempSync(join(tmpdir(), 'sluice-config-'));
const file = join(folder, 'sluice.yaml');

afterAll(() => rmSync(folder, { recursive: true }));

export function load(text: string | Uint8Array, rest: Omit<LoadOptions, 'file'> = {}): Config {
  writeFileSync(file, text);
  return loadConfig({ file, ...rest });
}

/** The lines it is refused with, the folder of the file left out; empty when it is fine. */
export function refusal(text: string | Uint8Array, rest: Omit<LoadOptions, 'file'> = {}): string[] {
  try {
    load(text, rest);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replaceAll(`${folder}/`, '').split('\n');
    throw error;
  }
}
