import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { keyRows } from '../../src/config/key-tree.js';
import { defaultConfig } from '../../src/config/schema.js';
import { sluice, written } from './sluice-process.js';

describe('sluice', () => {
  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
    expect(await sluice(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('tells what it can do', async () => {
    const { code, stdout } = await sluice(['--help']);
    expect(code).toBe(0);
    for (const word of ['serve', 'check', 'config']) expect(stdout).toContain(word);
  });

  it('lists every key of the configuration as a flag of serve', async () => {
    const { code, stdout } = await sluice(['serve', '--help']);
    expect(code).toBe(0);
    for (const { name } of keyRows()) expect(stdout).toContain(`--${name} `);
  });

  it.each([
    ['an unknown command', ['sevre'], /unknown command 'sevre'/],
    ['a word too much', ['check', 'now'], /expected a flag such as --listen.port, got "now"/],
    ['an unknown short flag', ['serve', '-x'], /expected a flag such as --listen.port, got "-x"/],
    ['an unknown flag', ['check', '--listen.prt', '1'], /did you mean --listen.port\?/],
    [
      'a port under two names',
      ['check', '--port', '1', '--listen.port', '2'],
      /expected --port or --listen.port, got both/,
    ],
    ['a flag without its value', ['check', '-c'], /argument missing/],
  ])('ends with 1 and says why: %s', async (_title, words, why) => {
    const { code, stdout, stderr } = await sluice(words);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(why);
    expect(stderr).not.toMatch(/\n {4}at /);
  });
});

describe('sluice check', () => {
  it('prints OK and ends with 0 when a gateway would start', async () => {
    const { code, stdout, stderr } = await sluice(['check', '-c', 'config/demo.yaml', '--handlers', 'dist/demo']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^OK: \d+ handlers, 6 pipelines\n$/);
  });

  it('notes an entry of routes that covers no handler', async () => {
    const { code, stdout } = await sluice(['check', '--handlers', 'dist/demo', '--routes.ordr.>.ttlMs', '5']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^note: routes: "ordr\.>" covers no handler\nOK: /);
  });

  it('tells every problem of the configuration with its place', async () => {
    const file = written('bad.yaml', 'listen:\n  port: x\nhandlrs: []\n');
    const { code, stdout, stderr } = await sluice(['check', '-c', file, '--log.level', 'loud'], {
      SLUICE_ADMIN__PORT: '-1',
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.split('\n')).toEqual([
      'sluice: the configuration has 4 problems:',
      `  ${file}:3:1: handlrs: expected a section, got "handlrs"; did you mean handlers?`,
      `  ${file}:2:9: listen.port: expected a whole number from 0 to 65535, got "x"`,
      '  SLUICE_ADMIN__PORT: admin.port: expected a whole number from 0 to 65535, got -1',
      '  --log.level: log.level: expected debug, info, warn, error, fatal or silent, got "loud"',
      '',
    ]);
  });

  const handler = (type: string, rest = '') =>
    `{ type: '${type}', handle: () => 1, ${rest} [Symbol.for('sluice.handler')]: true }`;

  it.each([
    ['a module that throws', 'throw new Error("no database")', /throws\.mjs cannot be loaded:\n.*no database/s],
    [
      'two handlers of one type',
      `export default [${handler('a')}, ${handler('a')}]`,
      /two handlers are declared for the type a/,
    ],
    [
      'a handler in a pipeline there is none of',
      `export default ${handler('a', "pipeline: 'none',")}`,
      /names the pipeline none/,
    ],
    ['a module that keeps the process alive', 'setInterval(() => 1, 1000); throw new Error("no")', /cannot be loaded/],
  ])('ends with 1 for %s', async (_title, text, why) => {
    const { code, stdout, stderr } = await sluice(['check', '--handlers', written('throws.mjs', text)]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(why);
  });

  it('ends with 0 though a module keeps the process alive, and with 1 when one never loads', async () => {
    const lively = written('lively.mjs', `setInterval(() => 1, 1000); export default ${handler('a')}`);
    expect(await sluice(['check', '--handlers', lively])).toMatchObject({ code: 0 });
    const stuck = written('stuck.mjs', `await new Promise(() => undefined); export default ${handler('a')}`);
    const { code, stdout } = await sluice(['check', '--handlers', stuck]);
    expect(code).not.toBe(0);
    expect(stdout).toBe('');
  });
});

describe('sluice config', () => {
  it('prints what holds, with the environment over the file and flags over both', async () => {
    const file = written('some.yaml', 'listen: { port: 1, keepAliveMs: 1000 }\nadmin: { port: 5 }\n');
    const words = ['config', 'print', '-c', file, '--listen.metrics', '--port=3', '--host', '10.0.0.1'];
    const { code, stdout } = await sluice(words, { SLUICE_LISTEN__PORT: '2', SLUICE_ADMIN__PORT: '4' });
    expect(code).toBe(0);
    expect(parse(stdout)).toEqual({
      ...defaultConfig,
      listen: { ...defaultConfig.listen, host: '10.0.0.1', port: 3, keepAliveMs: 1000, metrics: true },
      admin: { ...defaultConfig.admin, port: 4 },
    });
  });

  it('prints the JSON Schema that is committed', async () => {
    const { code, stdout } = await sluice(['config', 'schema']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: readFileSync('config/sluice.schema.json', 'utf8') });
  });

  it('does not mind a reader that has seen enough', async () => {
    const child = spawn(process.execPath, ['dist/main.js', 'config', 'schema']);
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [code] = (await once(child, 'close')) as [number];
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
