/**
 * Why the gateway closes a socket. The hundreds tell a client what to do without knowing the code:
 * 40xx stop, 41xx back off and reconnect, 42xx reconnect now.
 */
export const closeCodes = {
  undecodable: { code: 4000, when: 'a message that does not decode' },
  unauthenticated: { code: 4001, when: 'no valid token' },
  forbidden: { code: 4003, when: 'not allowed here' },
  authenticationTimeout: { code: 4008, when: 'no authentication in time' },
  resumedElsewhere: { code: 4009, when: 'the session was resumed on another socket' },
  creditIgnored: { code: 4013, when: 'credit ignored again and again' },
  atCapacity: { code: 4100, when: 'no room for another session' },
  rate: { code: 4101, when: 'too fast: a rate limit, or a flood' },
  slowConsumer: { code: 4108, when: 'replies are not read fast enough' },
  draining: { code: 4200, when: 'the gateway is shutting down' },
  keepAliveMissed: { code: 4201, when: 'nothing was heard within the keep-alive' },
} as const;

/** One of them. */
export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes];

/** A close reason may be this many UTF-8 bytes (RFC 6455 section 5.5: 125 less the code). */
export const closeReasonBytesMax = 123;

/** Whether a close tells the client to stop: there is nothing to come back to. */
export function isFinalClose(code: number): boolean {
  return code >= 4000 && code < 4100;
}
