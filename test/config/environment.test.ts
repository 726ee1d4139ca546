import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { defaultConfig, resolveConfig } from '../../src/config/schema.js';
import { load, refusal } from './written-config.js';

describe('the environment', () => {
  it.each([
    ['SLUICE_LISTEN__PORT', '9000', { listen: { port: 9000 } }],
    ['SLUICE_LISTEN__PAYLOAD_BYTES_MAX', '1000', { listen: { payloadBytesMax: 1000 } }],
    ['SLUICE_LISTEN__HOST', '10', { listen: { host: '10' } }],
    ['SLUICE_LISTEN__METRICS', 'false', { listen: { metrics: false } }],
    ['SLUICE_LOG__PRETTY', 'auto', { log: { pretty: 'auto' } }],
    ['SLUICE_LOG__PRETTY', 'false', { log: { pretty: false } }],
    ['SLUICE_LOG__LEVEL', 'warn', { log: { level: 'warn' } }],
    ['SLUICE_BUDGET', '{ items: 100, bytes: 70000 }', { budget: { items: 100, bytes: 70_000 } }],
    ['SLUICE_ROUTES', '{ "a.>": { ttlMs: 5 } }', { routes: { 'a.>': { ttlMs: 5 } } }],
    ['SLUICE_HANDLERS', '/a.js', { handlers: ['/a.js'] }],
    ['SLUICE_PAGES', '/a', { pages: ['/a'] }],
    ['SLUICE_HANDLERS', '[/a.js, /b.js]', { handlers: ['/a.js', '/b.js'] }],
    ['SLUICE_PIPELINES__ORDERS__SLOTS', '4', { pipelines: { orders: { slots: 4 } } }],
    ['SLUICE_LIMITS__SESSION_PER_S', '50', { limits: { sessionPerS: 50 } }],
    ['SLUICE_REPLY__ALL_BYTES_MAX', '5000000', { reply: { allBytesMax: 5_000_000 } }],
  ])('sets keys: %s=%s', (name, value, expected) => {
    expect(loadConfig({ env: { [name]: value } })).toEqual(resolveConfig(expected));
  });

  it('finds the names of pipelines and routes as the file writes them', () => {
    const config = load('pipelines: { order-flow: {} }\nroutes: { order.place: {}, "stock.>": {} }', {
      env: {
        SLUICE_PIPELINES__ORDER_FLOW__SLOTS: '7',
        SLUICE_ROUTES__ORDER_PLACE__TTL_MS: '5',
        SLUICE_ROUTES__STOCK__RETRY__ATTEMPTS: '3',
      },
    });
    expect(config.pipelines['order-flow']?.slots).toBe(7);
    expect(config.routes).toEqual({ 'order.place': { ttlMs: 5 }, 'stock.>': { retry: { attempts: 3 } } });
  });

  it('names handlers relative to the working directory', () => {
    expect(load('handlers: [./a.js]', { env: { SLUICE_HANDLERS: './b.js' } }).handlers).toEqual([resolve('b.js')]);
  });

  it('is left alone where it is not ours', () => {
    const env = { PATH: '/bin', sluice_listen__port: '1', SLUICELISTEN__PORT: '2', SLUICE_LISTEN__PORT: undefined };
    expect(loadConfig({ env })).toEqual(defaultConfig);
  });

  it('may hold what Kubernetes tells every container of a service called sluice', () => {
    const env = {
      SLUICE_SERVICE_HOST: '10.0.0.1',
      SLUICE_SERVICE_PORT: '8080',
      SLUICE_SERVICE_PORT_HTTP: '8080',
      SLUICE_PORT: 'tcp://10.0.0.1:8080',
      SLUICE_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
      SLUICE_PORT_8080_TCP_PROTO: 'tcp',
      SLUICE_PORT_8080_TCP_ADDR: '10.0.0.1',
    };
    expect(loadConfig({ env })).toEqual(defaultConfig);
  });

  it.each([
    ['SLUICE_LISTEN__PORT', 'x', 'SLUICE_LISTEN__PORT: listen.port: expected a whole number from 0 to 65535, got "x"'],
    [
      'SLUICE_LISTEN__PORT',
      '',
      'SLUICE_LISTEN__PORT: listen.port: expected a whole number from 0 to 65535, got nothing',
    ],
    ['SLUICE_LISTEN__HOST', '', 'SLUICE_LISTEN__HOST: listen.host: expected an IP address or a host name, got ""'],
    ['SLUICE_BUDGET', '{', 'SLUICE_BUDGET: budget: expected YAML: Flow map must end with a }'],
    ['SLUICE_HANDLERS', '[', 'SLUICE_HANDLERS: handlers: expected YAML: Flow sequence must end with a ]'],
    ['SLUICE_BUDGET', '5', 'SLUICE_BUDGET: budget: expected a map, got 5'],
    [
      'SLUICE_BUDGET',
      '{ itms: 4 }',
      'SLUICE_BUDGET: budget.itms: expected a key of budget, got "itms"; did you mean items?',
    ],
    [
      'SLUICE_LISTEN_PORT',
      '1',
      'SLUICE_LISTEN_PORT: expected a variable such as SLUICE_LISTEN__PORT, got "SLUICE_LISTEN_PORT"; did you mean SLUICE_LISTEN__PORT?',
    ],
    [
      'SLUICE_PORT',
      '9000',
      'SLUICE_PORT: expected a variable such as SLUICE_LISTEN__PORT, got "SLUICE_PORT"; did you mean SLUICE_LISTEN__PORT?',
    ],
    [
      'SLUICE_LISTEN__PAYLOADBYTESMAX',
      '1',
      'SLUICE_LISTEN__PAYLOADBYTESMAX: expected a variable such as SLUICE_LISTEN__PORT, got "SLUICE_LISTEN__PAYLOADBYTESMAX"; did you mean SLUICE_LISTEN__PAYLOAD_BYTES_MAX?',
    ],
    [
      'SLUICE_LISTEN__PORT__DEEP',
      '1',
      'SLUICE_LISTEN__PORT__DEEP: expected a variable such as SLUICE_LISTEN__PORT, got "SLUICE_LISTEN__PORT__DEEP"',
    ],
    [
      'SLUICE_ROUTES__ORDER_PLACE__TTL_MS',
      '1',
      'SLUICE_ROUTES__ORDER_PLACE__TTL_MS: expected a name the file has, and a key of it (SLUICE_ROUTES takes all as { name: { key: value } }), got "SLUICE_ROUTES__ORDER_PLACE__TTL_MS"; did you mean SLUICE_ROUTES__<TYPE>__TTL_MS?',
    ],
  ])('is refused by the name of the variable: %s=%s', (name, value, ...expected) => {
    expect(refusal('', { env: { [name]: value } })).toEqual(expected);
  });
});
