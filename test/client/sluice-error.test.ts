import { describe, expect, it } from 'vitest';
import { SluiceError, sluiceError } from '../../src/client/sluice-error.js';
import { type ErrorCode, errorCodes } from '../../src/protocol/error-codes.js';

describe('the error of the client', () => {
  it('has every field of the frame it came from, and no others', () => {
    const error = new SluiceError({
      code: 'resource_exhausted',
      message: 'too fast',
      retry: 'backoff',
      afterMs: 0,
      started: 'no',
      reason: 'rate',
      details: { perS: 5 },
    });
    expect(error).toBeInstanceOf(Error);
    expect({ ...error }).toEqual({
      name: 'SluiceError',
      code: 'resource_exhausted',
      retry: 'backoff',
      afterMs: 0,
      started: 'no',
      reason: 'rate',
      details: { perS: 5 },
    });
    expect(String(error)).toBe('SluiceError: too fast');
    expect(error.stack).toContain('sluice-error.test');
  });

  it('says nothing of what was not said', () => {
    const { afterMs, reason, details, cause } = new SluiceError({
      code: 'internal',
      message: '',
      retry: 'no',
      started: 'maybe',
    });
    expect([afterMs, reason, details, cause]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it.each(Object.keys(errorCodes) as ErrorCode[])('means by %s what the table of codes says', (code) => {
    const error = sluiceError(code, 'why');
    expect(error).toMatchObject({ code, message: 'why', retry: errorCodes[code].retry, started: 'no' });
    expect(error.afterMs !== undefined).toBe(error.retry === 'backoff');
  });

  it('keeps what it came from as its cause', () => {
    const cause = new Error('first');
    expect(sluiceError('cancelled', 'then', { cause }).cause).toBe(cause);
  });
});
