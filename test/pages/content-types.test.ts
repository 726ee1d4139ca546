import { describe, expect, it } from 'vitest';
import { contentTypeOf } from '../../src/pages/content-types.js';

describe('the type of a file', () => {
  it.each([
    ['/index.html', 'text/html; charset=utf-8', true],
    ['/a.js', 'text/javascript; charset=utf-8', true],
    ['/a.mjs', 'text/javascript; charset=utf-8', true],
    ['/a.css', 'text/css; charset=utf-8', true],
    ['/a.txt', 'text/plain; charset=utf-8', true],
    ['/a.md', 'text/markdown; charset=utf-8', true],
    ['/a.svg', 'image/svg+xml', true],
    ['/a.json', 'application/json', true],
    ['/a.js.map', 'application/json', true],
    ['/a.png', 'image/png', false],
    ['/favicon.ico', 'image/x-icon', false],
    ['/a.woff2', 'font/woff2', false],
    ['/A.HTML', 'text/html; charset=utf-8', true],
    ['/a.exe', 'application/octet-stream', false],
    ['/LICENSE', 'application/octet-stream', false],
    ['/html', 'application/octet-stream', false],
    ['/a.html/b', 'application/octet-stream', false],
    ['/a.html~', 'application/octet-stream', false],
    ['/a.constructor', 'application/octet-stream', false],
    ['/a.', 'application/octet-stream', false],
  ])('of %s is %s', (path, name, isText) => {
    expect(contentTypeOf(path)).toEqual({ name, isText });
  });
});
