/** Makes a client. The entries of the package give it the sockets of their platform. */
import type { Client } from './api.js';
import type { AnyApi, ApiTypes } from './api-types.js';
import { GatewayClient } from './gateway-client.js';
import type { ConnectOptions } from './options.js';
import { resolveOptions } from './resolved-options.js';
import type { OpenSocket } from './socket.js';

/**
 * A client of the gateway at `url` (`ws:`, `wss:`, `http:` or `https:`; a URL without a path stands for `/v1/socket`).
 * It connects by itself, now and whenever it has to: `ready` tells when.
 * @throws SluiceError `invalid_argument` for a URL or an option that is none
 */
export type Connect = <Api extends ApiTypes = AnyApi>(url: string | URL, options?: ConnectOptions) => Client<Api>;

/** `connect` with these sockets. */
export function connectWith(openSocket: OpenSocket): Connect {
  return <Api extends ApiTypes = AnyApi>(url: string | URL, options: ConnectOptions = {}): Client<Api> =>
    new GatewayClient(resolveOptions(String(url), options, openSocket), options.signal) as unknown as Client<Api>;
}
