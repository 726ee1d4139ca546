import { describe, expect, it } from 'vitest';
import type { ConnectOptions } from '../../src/client/options.js';
import { refreshToken } from '../../src/client/token.js';
import { turn } from './fake-sockets.js';

async function refreshed(token: ConnectOptions['token']) {
  const used: string[] = [];
  const warnings: string[] = [];
  refreshToken(
    token,
    (fresh) => used.push(fresh),
    (message) => warnings.push(message),
  );
  await turn();
  return { used, warnings };
}

describe('a token that is about to expire', () => {
  it('is replaced by a fresh one, asked for by a function that may take its time', async () => {
    expect(await refreshed(() => 'now')).toEqual({ used: ['now'], warnings: [] });
    expect(await refreshed(async () => 'later')).toEqual({ used: ['later'], warnings: [] });
  });

  it.each([undefined, 'fixed'])('cannot be replaced where there is no function: %s', async (token) => {
    const { used, warnings } = await refreshed(token);
    expect(used).toEqual([]);
    expect(warnings).toEqual(['the token expires, and there is no function to ask for another']);
  });

  it('is told of when the function throws, or rejects', async () => {
    const throws = () => {
      throw new Error('no network');
    };
    const expected = ['the token expires, and another could not be had: Error: no network'];
    expect(await refreshed(throws)).toEqual({ used: [], warnings: expected });
    expect(await refreshed(() => Promise.reject(new Error('no network')))).toEqual({ used: [], warnings: expected });
  });
});
