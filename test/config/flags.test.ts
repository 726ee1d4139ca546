import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { resolveConfig } from '../../src/config/schema.js';
import { refusal } from './written-config.js';

describe('flags', () => {
  it.each([
    ['listen.port', '9000', { listen: { port: 9000 } }],
    ['listen.payloadBytesMax', '1000', { listen: { payloadBytesMax: 1000 } }],
    ['listen.metrics', 'false', { listen: { metrics: false } }],
    ['pipelines.orders.slots', '4', { pipelines: { orders: { slots: 4 } } }],
    ['routes.echo.ttlMs', '4', { routes: { echo: { ttlMs: 4 } } }],
    ['routes.order.place.ttlMs', '4', { routes: { 'order.place': { ttlMs: 4 } } }],
    ['routes.order.>.retry.attempts', '4', { routes: { 'order.>': { retry: { attempts: 4 } } } }],
    ['routes.order.batch.ttlMs', '4', { routes: { 'order.batch': { ttlMs: 4 } } }],
    ['routes', '{ a: { ttlMs: 4 } }', { routes: { a: { ttlMs: 4 } } }],
    ['routes.a', '{ ttlMs: 4 }', { routes: { a: { ttlMs: 4 } } }],
  ])('set keys: --%s %s', (name, value, expected) => {
    expect(loadConfig({ flags: { [name]: value } })).toEqual(resolveConfig(expected));
  });

  it('add up where the key is a list, and the last one counts elsewhere', () => {
    const flags = { handlers: ['/a.js', '[/b.js, /c.js]'], 'listen.port': ['1', '2'] };
    expect(loadConfig({ flags })).toEqual(
      resolveConfig({ handlers: ['/a.js', '/b.js', '/c.js'], listen: { port: 2 } }),
    );
  });

  it.each([
    ['listen.port', '-1', '--listen.port: listen.port: expected a whole number from 0 to 65535, got -1'],
    [
      'listen.prt',
      '1',
      '--listen.prt: expected a flag such as --listen.port, got "--listen.prt"; did you mean --listen.port?',
    ],
    ['port', '1', '--port: expected a flag such as --listen.port, got "--port"; did you mean --listen.port?'],
    [
      'routes.order.place.ttl',
      '1',
      '--routes.order.place.ttl: expected a flag such as --listen.port, got "--routes.order.place.ttl"; did you mean --routes.<type>.ttlMs?',
    ],
    [
      '__proto__.port',
      '1',
      '--__proto__.port: expected a flag such as --listen.port, got "--__proto__.port"; did you mean --listen.port?',
    ],
    ['constructor', '1', '--constructor: expected a flag such as --listen.port, got "--constructor"'],
    [
      'routes.a.retry.minMs',
      '1',
      '--routes.a.retry.minMs: routes.a.retry.attempts: expected a whole number of attempts from 1 to 1000, got nothing',
    ],
  ])('are refused by their name: --%s %s', (name, value, ...expected) => {
    expect(refusal('', { flags: Object.fromEntries([[name, value]]) })).toEqual(expected);
  });
});
