import { describe, expect, it } from 'vitest';
import { closeText, comebackAfter, finalError } from '../../src/client/after-close.js';
import { closeCodes } from '../../src/protocol/close-codes.js';

describe('what a close code tells the client', () => {
  it.each([
    [4000, 'stop'],
    [4099, 'stop'],
    [4100, 'wait'],
    [4199, 'wait'],
    [4200, 'now'],
    [4299, 'now'],
    [4300, 'wait'],
    [3999, 'wait'],
    [1000, 'wait'],
    [1001, 'wait'],
    [1006, 'wait'],
    [1011, 'wait'],
  ])('is by its range: %i means %s', (code, comeback) => {
    expect(comebackAfter(code, undefined)).toBe(comeback);
  });

  it.each([
    [400, 'stop'],
    [401, 'stop'],
    [403, 'stop'],
    [404, 'stop'],
    [408, 'wait'],
    [429, 'wait'],
    [499, 'stop'],
    [302, 'wait'],
    [500, 'wait'],
    [503, 'wait'],
  ])('is less than the status a connection was refused with: %i means %s, whatever the code', (status, comeback) => {
    expect(comebackAfter(1006, status)).toBe(comeback);
    expect(comebackAfter(4200, status)).toBe(comeback);
  });

  it('is said in words, with the reason where there is one', () => {
    expect(closeText(1006, '', undefined)).toBe('the connection was lost');
    expect(closeText(1006, 'read ECONNRESET', undefined)).toBe('the connection was lost: read ECONNRESET');
    expect(closeText(4200, 'draining', undefined)).toBe('the connection was closed with 4200: draining');
    expect(closeText(1006, 'anything', 503)).toBe('the connection was refused with the status 503');
  });
});

describe('the error of a client that has to stop', () => {
  it.each([
    [closeCodes.unauthenticated.code, undefined, 'unauthenticated'],
    [closeCodes.authenticationTimeout.code, undefined, 'unauthenticated'],
    [1006, 401, 'unauthenticated'],
    [closeCodes.forbidden.code, undefined, 'permission_denied'],
    [1006, 403, 'permission_denied'],
    [closeCodes.resumedElsewhere.code, undefined, 'aborted'],
    [1006, 400, 'failed_precondition'],
    [1006, 404, 'failed_precondition'],
    [closeCodes.undecodable.code, undefined, 'unavailable'],
    [closeCodes.creditIgnored.code, undefined, 'unavailable'],
  ])('after %i, or the status %s, is %s, and there is nothing to retry', (code, status, expected) => {
    const error = finalError(code, 'why', status);
    expect(error).toMatchObject({ code: expected, retry: 'no', started: 'maybe' });
    expect(error.afterMs).toBeUndefined();
    expect(error.message).toBe(closeText(code, 'why', status));
  });
});
