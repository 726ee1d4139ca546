import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { addressOf, type StartLinesOptions, startLines } from '../../src/cli/start-lines.js';

const options: StartLinesOptions = {
  version: '1.2.3',
  host: '127.0.0.1',
  port: 8080,
  adminHost: '127.0.0.1',
  adminPort: 8081,
  types: ['order.place', 'echo', 'tick.>'],
  hasPage: false,
  colors: picocolors.createColors(false),
};

describe('the lines of the start', () => {
  it('tell where the gateway is, and end with one line to paste', () => {
    const lines = startLines(options).split('\n');
    expect(lines[0]).toBe('Sluice 1.2.3 listens on http://127.0.0.1:8080');
    expect(lines.join('\n')).toContain('ws://127.0.0.1:8080/v1/socket');
    expect(lines.join('\n')).toContain('http://127.0.0.1:8081/metrics');
    expect(lines.slice(-2)).toEqual([
      `curl -s http://127.0.0.1:8080/v1/events -H 'content-type: application/json' -d '{"type":"echo","data":"hello"}'`,
      '',
    ]);
  });

  it('name the address to open when there is a page, and none when there is not', () => {
    const opened = startLines({ ...options, host: '0.0.0.0', hasPage: true }).split('\n');
    expect(opened[1]).toBe('  Open       http://127.0.0.1:8080/');
    expect(startLines(options)).not.toContain('Open');
  });

  it('try a handler there is', () => {
    expect(startLines({ ...options, types: ['tick.>', 'order.place'] })).toContain(`-d '{"type":"order.place"}'`);
  });

  it.each([[[]], [['tick.>', '*']]])('say what is missing when no type can be tried: %j', (types) => {
    const text = startLines({ ...options, types });
    expect(text).not.toContain('curl');
    expect(text).toContain('handlers');
  });

  it.each([
    ['127.0.0.1', '127.0.0.1:80'],
    ['0.0.0.0', '127.0.0.1:80'],
    ['::', '[::1]:80'],
    ['::1', '[::1]:80'],
    ['localhost', 'localhost:80'],
  ])('name an address one can connect to: %s', (host, expected) => {
    expect(addressOf(host, 80)).toBe(expected);
  });
});
