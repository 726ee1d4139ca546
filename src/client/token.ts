/** A token that is about to expire: asks for a fresh one, on the live socket. */
import type { ConnectOptions } from './options.js';

/** A token that cannot be had is told in words; the gateway will close the socket, and the next attempt asks again. */
export function refreshToken(
  token: ConnectOptions['token'],
  use: (token: string) => void,
  warn: (message: string) => void,
): void {
  if (typeof token !== 'function') {
    warn('the token expires, and there is no function to ask for another');
    return;
  }
  new Promise<string>((resolve) => resolve(token())).then(
    (fresh) => {
      if (typeof fresh === 'string') use(fresh);
      else warn(`the token expires, and another is no string: ${typeof fresh}`);
    },
    (error) => warn(`the token expires, and another could not be had: ${String(error)}`),
  );
}
