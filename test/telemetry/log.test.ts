import { describe, expect, it } from 'vitest';
import { HandlerError } from '../../src/model/handler.js';
import { createLog, type LogOptions, type ProcessLog } from '../../src/telemetry/log.js';
import { censored } from '../../src/telemetry/redact.js';

type Line = Record<string, unknown>;

function logTo(options: Omit<LogOptions, 'stream'> = {}): { readonly log: ProcessLog; readonly lines: string[] } {
  const lines: string[] = [];
  const log = createLog({ ...options, stream: { write: (line: string) => void lines.push(line) } });
  return { log, lines };
}

/** What one call writes, as JSON. */
function written(write: (log: ProcessLog) => void): Line {
  const { log, lines } = logTo({ level: 'debug' });
  write(log);
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] as string) as Line;
}

describe('the log', () => {
  it('writes one line of JSON with level, time, fields and message', () => {
    const line = written((log) => log.info({ type: 'echo' }, 'handled'));
    expect(line).toMatchObject({ level: 30, type: 'echo', msg: 'handled', time: expect.any(Number) });
    expect(written((log) => log.warn('only words'))).toMatchObject({ level: 40, msg: 'only words' });
  });

  it.each([
    ['debug', 5],
    ['info', 4],
    ['warn', 3],
    ['error', 2],
    ['fatal', 1],
    ['silent', 0],
  ] as const)('at level %s writes %i of five lines', (level, expected) => {
    const { log, lines } = logTo({ level });
    for (const write of [log.debug, log.info, log.warn, log.error, log.fatal]) write.call(log, 'line');
    expect(lines).toHaveLength(expected);
  });

  it('repeats the fields of a child on each of its lines', () => {
    expect(written((log) => log.child({ type: 'a' }).child({ id: 1 }).error({ extra: 2 }, 'x'))).toMatchObject({
      type: 'a',
      id: 1,
      extra: 2,
    });
  });

  it('writes lines for people when asked to', () => {
    const { log, lines } = logTo({ pretty: true });
    log.error({ err: new Error('broken'), type: 'echo' }, 'a handler failed');
    expect(lines.join('')).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] ERROR.*: a handler failed\n/);
    expect(lines.join('')).toContain('Error: broken');
    expect(() => JSON.parse(lines[0] as string)).toThrow();
  });
});

describe('an error in the log', () => {
  it('is written with type, message, stack, causes and what else it carries', () => {
    const error = new HandlerError('not_found', 'no such order', { cause: new TypeError('why') });
    const { err } = written((log) => log.error({ err: error }, 'x'));
    expect(err).toMatchObject({ type: 'HandlerError', code: 'not_found', message: 'no such order: why' });
    expect((err as Line).stack).toContain('caused by: TypeError: why');
  });

  it('is written wherever it stands', () => {
    const line = written((log) => log.error({ failures: [new Error('one')], deep: { reason: new Error('two') } }, 'x'));
    expect(line).toMatchObject({ failures: [{ message: 'one' }], deep: { reason: { message: 'two' } } });
    expect(written((log) => log.error(new Error('bare') as object))).toMatchObject({
      err: { message: 'bare' },
      msg: 'bare',
    });
  });

  it.each([
    ['a string', 'oops', 'oops'],
    ['nothing', null, null],
    ['a number', 5, 5],
    ['a frozen error', Object.freeze(new Error('cold')), expect.objectContaining({ message: 'cold' })],
    ['a bigint', 5n, 5],
    ['a plain object', { code: 'E' }, { code: 'E' }],
    [
      'an error that fails when it is looked at',
      Object.defineProperty(new Error('x'), 'message', {
        get: () => {
          throw new Error('gotcha');
        },
      }),
      '[cannot be shown]',
    ],
    [
      'a proxy that throws at everything',
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('no');
          },
          ownKeys: () => {
            throw new Error('no');
          },
          getPrototypeOf: () => {
            throw new Error('no');
          },
        },
      ),
      '[cannot be shown]',
    ],
  ])('may be whatever was thrown: %s', (_title, thrown, expected) => {
    expect(written((log) => log.error({ err: thrown }, 'a handler failed'))).toMatchObject({
      msg: 'a handler failed',
      err: expected,
    });
  });

  it('may have fields that cannot be listed', () => {
    const fields = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no');
        },
      },
    );
    expect(written((log) => log.error(fields, 'x'))).toMatchObject({ msg: 'x', fields: '[cannot be shown]' });
  });
});

describe('secrets', () => {
  const secret = 's3cr3t-value';

  it.each([
    ['at the top', { token: secret }],
    ['below', { request: { headers: { authorization: secret } } }],
    ['in another case', { headers: { Authorization: secret, 'Set-Cookie': [secret], 'X-API-Key': secret } }],
    ['with other separators', { access_token: secret, 'refresh-token': secret, clientSecret: secret }],
    ['in a list', { hellos: [{ op: 'hello', token: secret }] }],
    ['whatever they are', { secret: { value: secret }, password: [secret], cookie: { toJSON: () => secret } }],
    ['on an error', { err: Object.assign(new Error('x'), { config: { headers: { Authorization: secret } } }) }],
    ['on the cause of an error in a list', { errors: [Object.assign(new Error('x'), { token: secret })] }],
    ['deeper than anybody looks', { a: { b: { c: { d: { e: { f: { g: { h: { token: secret } } } } } } } } }],
  ])('are not written: %s', (_title, fields) => {
    const { log, lines } = logTo();
    log.info(fields, 'x');
    log.child(fields).info('y');
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toContain(secret);
    expect(lines.join('')).toMatch(/\[redacted\]|\[too large to log\]/);
  });

  it('are hidden in the line only, not in what was logged', () => {
    const fields = { hello: { token: secret }, err: Object.assign(new Error('x'), { token: secret }) };
    expect(written((log) => log.info(fields, 'x'))).toMatchObject({
      hello: { token: censored },
      err: { token: censored },
    });
    expect(fields.hello.token).toBe(secret);
    expect(fields.err.token).toBe(secret);
  });

  it('do not make everything suspicious', () => {
    const fields = { tokens: 3, secretary: 'Ann', type: 'token.refresh', tokenBytes: 12 };
    expect(written((log) => log.info(fields, 'x'))).toMatchObject(fields);
  });
});

describe('a line', () => {
  it('ends, for values that hold themselves', () => {
    const many: Record<string, unknown> = {};
    for (let i = 0; i < 20; i += 1) many[`self${i}`] = many;
    const { log, lines } = logTo();
    log.info({ many }, 'x');
    expect(lines[0]?.length).toBeLessThan(1_000_000);
    expect(lines[0]).toContain('[too large to log]');
  });

  it('leaves out what is too large to be looked through', () => {
    expect(written((log) => log.info({ rows: Array.from({ length: 20_000 }, (_, i) => i) }, 'x'))).toMatchObject({
      rows: '[too large to log]',
    });
  });

  it('takes dates and bytes as they are', () => {
    expect(written((log) => log.info({ at: new Date(0), bytes: Buffer.from('a') }, 'x'))).toMatchObject({
      at: '1970-01-01T00:00:00.000Z',
      bytes: { type: 'Buffer', data: [97] },
    });
  });
});
