import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-error.js';
import { loadConfig } from '../../src/config/load.js';
import { defaultConfig, resolveConfig } from '../../src/config/schema.js';
import { writeYaml } from '../../src/config/yaml-text.js';
import { folder, load, refusal } from './written-config.js';

describe('a configuration file', () => {
  it('may be empty, or only comments', () => {
    expect(load('')).toEqual(defaultConfig);
    expect(load('# nothing yet\n')).toEqual(defaultConfig);
    expect(loadConfig({})).toEqual(defaultConfig);
  });

  it('sets what it names', () => {
    const config = load('listen: { port: 9000 }\nroutes:\n  "order.>": { priority: high, ttlMs: 2000 }\n');
    expect(config).toEqual(
      resolveConfig({ listen: { port: 9000 }, routes: { 'order.>': { priority: 'high', ttlMs: 2000 } } }),
    );
  });

  it('names handlers relative to itself', () => {
    expect(load('handlers: [./a.js, ../b, /c.js]').handlers).toEqual([
      join(folder, 'a.js'),
      resolve(folder, '../b'),
      '/c.js',
    ]);
  });

  it('names folders of pages relative to itself', () => {
    expect(load('pages: [./a, ../b, /c]').pages).toEqual([join(folder, 'a'), resolve(folder, '../b'), '/c']);
    expect(load('pages: [a]\nhandlers: [a]')).toMatchObject({
      pages: [join(folder, 'a')],
      handlers: [join(folder, 'a')],
    });
  });

  it('may say a thing once and refer to it', () => {
    const config = load('pipelines:\n  a: &slow { slots: 1, timeoutMs: 5 }\n  b: *slow\n');
    expect(config.pipelines.b).toEqual(config.pipelines.a);
    expect(config.pipelines.b).toMatchObject({ slots: 1, timeoutMs: 5 });
  });

  it('comes back as it was when a printed configuration is loaded again', () => {
    const config = resolveConfig({
      handlers: ['/a b/c: d.js'],
      pipelines: { null: { slots: 3 }, yes: { slots: { min: 2, max: 8 } } },
      routes: { '*': { order: 'none' }, '>': {}, 'a.1': { retry: { attempts: 2 } }, true: { pipeline: 'null' } },
      log: { pretty: false },
    });
    expect(load(writeYaml(config))).toEqual(config);
  });

  it.each([
    ['a key twice', 'listen:\n  port: 1\n  port: 2\n', 'sluice.yaml:3:3: expected every key once, got "port" again'],
    ['a section twice', 'log: {}\nadmin: {}\nlog: {}', 'sluice.yaml:3:1: expected every key once, got "log" again'],
    ['a list', '- 1', 'sluice.yaml:1:1: expected a map of sections, got a list'],
    ['one word', 'yes', 'sluice.yaml:1:1: expected a map of sections, got "yes"'],
    ['two documents', 'log: {}\n---\nlog: {}', 'sluice.yaml:2:1: expected one YAML document, got more'],
    ['a key that is a map', '? { a: 1 }\n: 1', 'sluice.yaml:1:3: expected every key to be text'],
    ['a tag', 'log: !custom {}', 'sluice.yaml:1:6: expected YAML: Unresolved tag: !custom'],
    ['a tab', 'log:\n\tlevel: info', 'sluice.yaml:2:1: expected YAML: Tabs are not allowed as indentation'],
    ['an alias without an anchor', 'log: *none', 'sluice.yaml:1:1: expected every alias to stand after its anchor'],
  ])('is refused with %s', (_title, text, ...expected) => {
    expect(refusal(text)).toEqual(expected);
  });

  it('points at the line and column of each wrong value and key', () => {
    const text = [
      'listen:',
      '  prot: 80',
      '  host: 5',
      'window: { min: 5, initial: 2 }',
      'routes:',
      '  "order.>":',
      '    retry: { minMs: 5 }',
      'handlers: [./a.js, 7]',
      'extra: 1',
    ].join('\n');
    expect(refusal(text)).toEqual([
      'sluice.yaml:9:1: extra: expected a section (listen, admin, budget, window, session, topics, resume, idempotency, anonymous, stream, reply, handlers, pages, pipelines, routes, overload, adaptive, limits, breaker, pressure, drain or log), got "extra"',
      'sluice.yaml:3:9: listen.host: expected an IP address or a host name, got 5',
      'sluice.yaml:2:3: listen.prot: expected a key of listen, got "prot"; did you mean port?',
      'sluice.yaml:8:20: handlers[1]: expected the path of a module or folder, got 7',
      'sluice.yaml:7:12: routes."order.>".retry.attempts: expected a whole number of attempts from 1 to 1000, got nothing',
      'sluice.yaml:4:28: window.initial: expected at least window.min (5), got 2',
    ]);
  });

  it('is pointed at where the key at fault depends on another, which is written', () => {
    expect(refusal('admin: { host: 127.0.0.1 }\nlisten:\n  port: 8081')).toEqual([
      'sluice.yaml:3:9: admin.port: expected another port than listen.port, got 8081 for both',
    ]);
  });

  it('is refused when it is not there, no file, too large, or not UTF-8', () => {
    expect(() => loadConfig({ file: join(folder, 'none.yaml') })).toThrow(
      /none.yaml: expected a file that can be read, got no such file$/,
    );
    expect(() => loadConfig({ file: folder })).toThrow(/expected a file that can be read, got a folder$/);
    expect(refusal(`#${'x'.repeat(1_048_576)}`)).toEqual([
      'sluice.yaml: expected a file of at most 1048576 bytes, got 1048577',
    ]);
    expect(refusal(Uint8Array.of(0x23, 0xff))).toEqual(['sluice.yaml: expected UTF-8 text']);
  });

  it('cannot be made to grow by aliases of aliases', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
    const lines = names.map((name, i) => `${name}: &${name} [${Array(10).fill(i === 0 ? 'x' : `*${names[i - 1]}`)}]`);
    expect(refusal(lines.join('\n'))).toEqual(['sluice.yaml:1:1: expected aliases that stand for at most 100 others']);
  });

  it('cannot be nested so deep that the parser breaks', () => {
    expect(refusal(`log: ${'['.repeat(5000)}${']'.repeat(5000)}`)[0]).toMatch(/expected maps and lists less deep/);
    expect(refusal('['.repeat(20_000))[0]).toMatch(/expected maps and lists less deep/);
  });

  it('never fails but with words, whatever is in it', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('listen:', '  port: ', 'a: &b', '*b', '- ', '? ', '!!', '{', ']', '"'),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        try {
          load(lines.join('\n'));
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('where a value comes from', () => {
  it('is the flag before the environment before the file before the default, for each key by itself', () => {
    const value = fc.option(fc.integer({ min: 1, max: 30_000 }), { nil: undefined });
    const keys = {
      'listen.port': 'LISTEN__PORT',
      'session.idleMs': 'SESSION__IDLE_MS',
      'drain.deadlineMs': 'DRAIN__DEADLINE_MS',
    };
    const given = fc.record({ file: value, environment: value, flag: value });
    fc.assert(
      fc.property(fc.tuple(given, given, given), (settings) => {
        const env: Record<string, string> = {};
        const flags: Record<string, string> = {};
        const parts: Record<string, Record<string, number>> = {};
        const expected = Object.entries(keys).map(([path, variable], i) => {
          const [section = '', key = ''] = path.split('.');
          const { file: inFile, environment, flag } = settings[i] as (typeof settings)[0];
          if (inFile !== undefined) parts[section] = { [key]: inFile };
          if (environment !== undefined) env[`SLUICE_${variable}`] = String(environment);
          if (flag !== undefined) flags[path] = String(flag);
          const fallback = (defaultConfig as unknown as Record<string, Record<string, number>>)[section]?.[key];
          return flag ?? environment ?? inFile ?? fallback;
        });
        const { listen, session, drain } = load(writeYaml(parts), { env, flags });
        expect([listen.port, session.idleMs, drain.deadlineMs]).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('joins maps key by key', () => {
    const config = load('routes: { a: { ttlMs: 1, timeoutMs: 1 } }\nlisten: { host: 10.0.0.1 }', {
      env: { SLUICE_ROUTES: '{ a: { ttlMs: 2 }, b: {} }' },
      flags: { listen: '{ port: 3 }' },
    });
    expect(config.routes).toEqual({ a: { ttlMs: 2, timeoutMs: 1 }, b: {} });
    expect(config.listen).toMatchObject({ host: '10.0.0.1', port: 3 });
  });

  it('takes a map in place of a plain value, where a key may be either', () => {
    const slots = (text: string, flag: string) =>
      load(text, { flags: { 'pipelines.default.slots': flag } }).pipelines.default?.slots;
    expect(slots('pipelines: { default: { slots: 4 } }', '{ min: 2, max: 8 }')).toEqual({ min: 2, max: 8 });
    expect(slots('pipelines: { default: { slots: { min: 2, max: 8 } } }', '4')).toBe(4);
    expect(slots('pipelines: { default: { slots: { min: 2, max: 8 } } }', '{ max: 16 }')).toEqual({ min: 2, max: 16 });
  });

  it('is refused when it is a map where only a plain value may stand, over a fine one too', () => {
    expect(
      refusal('listen: { port: 1, host: ::1 }\nhandlers: [./a.js]', { flags: { listen: '{ port: {} }' } }),
    ).toEqual(['--listen: listen.port: expected a whole number from 0 to 65535, got a map']);
  });

  it('does not hide that a section of the file is none', () => {
    expect(refusal('listen: 5', { flags: { 'listen.port': '1' } })).toEqual([
      'sluice.yaml:1:9: listen: expected a map, got 5',
    ]);
  });

  it('is named for every problem, all at once', () => {
    const found = refusal('listen: { host: "a b" }', {
      env: { SLUICE_LISTEN: '{ port: -1 }' },
      flags: { 'listen.metrics': 'perhaps', 'budget.reserve': '99999' },
    });
    expect(found.map((line) => line.split(': ').slice(0, 2).join(' '))).toEqual([
      'sluice.yaml:1:17 listen.host',
      'SLUICE_LISTEN listen.port',
      '--listen.metrics listen.metrics',
      '--budget.reserve budget.reserve',
    ]);
  });
});

describe('the configurations of this project', () => {
  it('are all fine', () => {
    const demo = loadConfig({ file: 'config/demo.yaml' });
    expect(demo.handlers).toEqual([resolve('dist/demo')]);
    expect(demo.pages[0]).toBe(resolve('examples/browser'));
    expect(loadConfig({ file: 'load/config/bench.yaml' }).handlers).toContain(resolve('dist/demo'));
  });
});
