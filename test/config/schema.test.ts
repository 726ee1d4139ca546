import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-error.js';
import { defaultConfig, resolveConfig } from '../../src/config/schema.js';
import { problems } from './refused-parts.js';

const kib = 1024;
const mib = 1024 * kib;

describe('the defaults', () => {
  it('are these', () => {
    expect(defaultConfig).toEqual({
      listen: {
        host: '127.0.0.1',
        port: 8080,
        payloadBytesMax: 64 * kib,
        keepAliveMs: 25_000,
        metrics: true,
        floodFramesMax: 3072,
        turnFramesMax: 256,
        floodBytesMax: 8 * mib,
      },
      admin: { host: '127.0.0.1', port: 8081 },
      budget: { items: 65_536, bytes: 268_435_456, pressedPercent: 50, reserve: 4096 },
      window: { initial: 64, min: 1, max: 1024, newcomersPercent: 25, shrinkPercent: 200, roundTripMs: 250 },
      session: {
        creditRefusalsMax: 256,
        creditRefusalsWindowMs: 10_000,
        idleMs: 10_000,
        longIdleMs: 30_000,
        graceMs: 5000,
        outboxBytesMax: 4 * mib,
        outboxHighWaterBytes: 64 * kib,
        subscriptionsMax: 1000,
      },
      topics: {
        max: 100_000,
        allBytesMax: 128 * mib,
        idleMs: 60_000,
        messages: 1024,
        bytes: mib,
        ageMs: 300_000,
        behindMax: 16_384,
        streamsMax: 10_000,
        presence: 'none',
        of: {},
      },
      resume: { ms: 30_000, bytesMax: 12 * mib, allBytesMax: 128 * mib },
      idempotency: { entriesMax: 100_000, bytesMax: 32 * mib, ms: 600_000 },
      anonymous: { critical: false, subscribe: ['>'], publish: [] },
      stream: { bridgeItemsMax: 1024 },
      reply: { bytesMax: mib, allBytesMax: 64 * mib },
      handlers: [],
      pages: [],
      pipelines: {
        default: {
          slots: 256,
          timeoutMs: 30_000,
          delayTargetMs: 50,
          delayIntervalMs: 100,
          delayMaxMs: 10_000,
          delayWaitPercent: 50,
          delayKeptPerSlot: 4,
          parkedMax: 1024,
        },
      },
      routes: {},
      overload: { control: true, rateWindowMs: 100 },
      adaptive: { windowMs: 100, samplesMin: 16, tolerancePercent: 5, growthPercent: 5, probeEveryMs: 5000 },
      limits: {
        openMax: 4096,
        sessionPerS: 0,
        tenantPerS: 0,
        burstMs: 1000,
        addressSessionsMax: 0,
        connectsPerS: 0,
      },
      breaker: {
        enabled: true,
        failurePercent: 50,
        windowMs: 10_000,
        callsMin: 20,
        openMs: 1000,
        openMsMax: 30_000,
        probes: 1,
        probeMs: 250,
      },
      pressure: {
        everyMs: 50,
        riseMs: 200,
        fallMs: 1000,
        utilisationPercent: 90,
        lagMs: 100,
        lagMsMax: 1000,
        heapPercent: 70,
        heapPercentMax: 95,
        bytesPercent: 50,
        bytesPercentMax: 95,
        blockedMs: 100,
      },
      drain: { deadlineMs: 10_000, spreadMs: 5000 },
      log: { level: 'info', pretty: 'auto' },
    });
  });

  it('hold wherever nothing else is said', () => {
    const { listen, ...rest } = resolveConfig({ listen: { port: 9000 } });
    expect(listen).toEqual({ ...defaultConfig.listen, port: 9000 });
    expect(rest).toEqual({ ...defaultConfig, listen: undefined });
  });

  it.each([
    ['the reserve is a sixteenth of the items', { budget: { items: 1600 } }, { budget: { reserve: 100 } }],
    ['the reserve is never less than one', { budget: { items: 2 } }, { budget: { reserve: 1 } }],
    ['the first window is no larger than the largest', { window: { max: 8 } }, { window: { initial: 8 } }],
    ['the first window is no smaller than the least', { window: { min: 100 } }, { window: { initial: 100 } }],
    [
      'the high-water mark stays below the bound of the outbox',
      { session: { outboxBytesMax: 4000 } },
      { session: { outboxHighWaterBytes: 2000 } },
    ],
    ['a reply fits into the outbox', { session: { outboxBytesMax: 4000 } }, { reply: { bytesMax: 4000 } }],
    [
      'all replies take a quarter of the budget',
      { budget: { bytes: 80 * mib + 3 } },
      { reply: { allBytesMax: 20 * mib } },
    ],
    ['all replies take no less than one outbox', { budget: { bytes: 15 * mib } }, { reply: { allBytesMax: 4 * mib } }],
    [
      'all replies take an outbox larger than a quarter of the budget',
      { session: { outboxBytesMax: 100 * mib } },
      { reply: { allBytesMax: 100 * mib } },
    ],
    ['clients are spread inside the drain', { drain: { deadlineMs: 300 } }, { drain: { spreadMs: 300 } }],
    [
      'a pipeline takes those of any pipeline',
      { pipelines: { orders: { slots: 4 } } },
      {
        pipelines: {
          orders: { slots: 4, timeoutMs: 30_000, delayTargetMs: 50 },
          default: { slots: 256, timeoutMs: 30_000, delayTargetMs: 50 },
        },
      },
    ],
  ])('that depend on other keys follow them: %s', (_title, parts, expected) => {
    expect(resolveConfig(parts)).toMatchObject(expected);
  });
});

describe('a configuration', () => {
  it('is frozen to its depth, and leaves what it was made from alone', () => {
    const parts = { routes: { a: { retry: { attempts: 2 } } }, handlers: ['./a.js'], pipelines: { p: { slots: 1 } } };
    const before = structuredClone(parts);
    const isDeeplyFrozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen));
    expect(isDeeplyFrozen(resolveConfig(parts))).toBe(true);
    expect(isDeeplyFrozen(defaultConfig)).toBe(true);
    expect(parts).toEqual(before);
    expect(Object.isFrozen(parts.routes)).toBe(false);
  });

  it('takes every option of a route, and only those that were given', () => {
    const route = {
      pipeline: 'default',
      priority: 'high',
      ttlMs: 0,
      timeoutMs: 1,
      order: 'none',
      breaker: false,
      conflate: true,
      batch: { size: 1, waitMs: 0 },
      retry: { attempts: 1, minMs: 0, maxMs: 0 },
    };
    expect(resolveConfig({ routes: { 'order.>': route, '*.b': {} } }).routes).toEqual({ 'order.>': route, '*.b': {} });
  });

  it('is either whole or refused with words, whatever it is made from', () => {
    const names = Object.keys(defaultConfig);
    const parts = fc.oneof(
      fc.anything(),
      fc.dictionary(fc.constantFrom(...names), fc.anything({ withNullPrototype: true, withBigInt: true })),
    );
    fc.assert(
      fc.property(parts, (value) => {
        try {
          expect(Object.keys(resolveConfig(value as Record<string, unknown>))).toEqual(names);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          expect((error as ConfigError).problems.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('what is refused', () => {
  it.each([
    ['not a map', 5, 'expected a map of sections, got 5'],
    ['a list', [], 'expected a map of sections, got an empty list'],
    ['nothing', null, 'expected a map of sections, got nothing'],
    [
      'a port that is text',
      { listen: { port: '80' } },
      'listen.port: expected a whole number from 0 to 65535, got "80"',
    ],
    [
      'a fraction',
      { budget: { items: 1.5 } },
      'budget.items: expected a whole number of events from 2 to 16777216, got 1.5',
    ],
    [
      'no end',
      { pipelines: { default: { timeoutMs: Number.POSITIVE_INFINITY } } },
      'pipelines.default.timeoutMs: expected a whole number of ms from 1 to 2147483647, got Infinity',
    ],
    [
      'a timer longer than any can be set to',
      { routes: { a: { ttlMs: 2 ** 31 } } },
      'routes.a.ttlMs: expected a whole number of ms from 0 to 2147483647, got 2147483648',
    ],
    [
      'a host with a path',
      { listen: { host: 'a/b' } },
      'listen.host: expected an IP address or a host name, got "a/b"',
    ],
    ['a word for a switch', { listen: { metrics: 'yes' } }, 'listen.metrics: expected true or false, got "yes"'],
    ['an unknown word', { log: { pretty: 'no' } }, 'log.pretty: expected true, false or auto, got "no"'],
    ['a path instead of a list', { handlers: './a.js' }, 'handlers: expected a list of paths, got "./a.js"'],
    ['an empty path', { handlers: ['./a.js', ''] }, 'handlers[1]: expected the path of a module or folder, got ""'],
    ['a folder of pages that is none', { pages: [7] }, 'pages[0]: expected the path of a folder, got 7'],
    ['a section without content', { listen: null }, 'listen: expected a map, got nothing'],
    [
      'a name with a space',
      { pipelines: { 'a b': {} } },
      'pipelines."a b": expected a name of at most 64 characters of A-Z a-z 0-9 _ -, the first a letter, got "a b"',
    ],
    [
      'a pattern with an empty token',
      { routes: { 'a..b': {} } },
      'routes."a..b": expected a type: dot-separated tokens of A-Z a-z 0-9 _ -, * for one token, > for the rest, got "a..b"',
    ],
    [
      'the priority critical for a route',
      { routes: { a: { priority: 'critical' } } },
      'routes.a.priority: expected high, normal or low (critical is asked for by an event, never by a route), got "critical"',
    ],
    [
      'half a batch',
      { routes: { a: { batch: { size: 4 } } } },
      'routes.a.batch.waitMs: expected a whole number of ms from 0 to 86400000, got nothing',
    ],
    ['an unknown section', { listn: {} }, 'listn: expected a section, got "listn"; did you mean listen?'],
    [
      'an unknown key that is near another',
      { listen: { payloadMaxBytes: 1, keep_alive_ms: 2 } },
      'listen.payloadMaxBytes: expected a key of listen (host, port, payloadBytesMax, keepAliveMs, metrics, floodFramesMax, turnFramesMax or floodBytesMax), got "payloadMaxBytes"',
      'listen.keep_alive_ms: expected a key of listen, got "keep_alive_ms"; did you mean keepAliveMs?',
    ],
    ['a key at the wrong level', { port: 1 }, 'port: expected a section, got "port"; did you mean listen.port?'],
    [
      'an unknown key of a route',
      { routes: { 'a.>': { timeout: 1 } } },
      'routes."a.>".timeout: expected a key of routes."a.>", got "timeout"; did you mean timeoutMs?',
    ],
    [
      'a key that would reach the prototype',
      { listen: JSON.parse('{"__proto__": {"port": 1}}') },
      'listen.__proto__: expected a key of listen (host, port, payloadBytesMax, keepAliveMs, metrics, floodFramesMax, turnFramesMax or floodBytesMax), got "__proto__"',
    ],
    [
      'a map with such a key where there is none',
      { listen: { port: JSON.parse('{"__proto__": 1}') } },
      'listen.port.__proto__: expected a key of listen.port, got "__proto__"',
      'listen.port: expected a whole number from 0 to 65535, got a map',
    ],
    [
      'very long text, shortened',
      { log: { level: 'x'.repeat(100) } },
      `log.level: expected debug, info, warn, error, fatal or silent, got "${'x'.repeat(60)}…"`,
    ],
  ])('%s', (_title, parts, ...expected) => {
    expect(problems(parts)).toEqual(expected);
  });

  it('is told all at once', () => {
    const found = problems({ listen: { port: -1, prot: 1 }, window: { min: 3, initial: 2 }, extra: 1 });
    expect(found).toHaveLength(4);
  });
});
