/** The opening handshake of a client without a WebSocket library (RFC 6455 section 4.1). */

// The key and its answer from RFC 6455 section 1.3: a constant key is enough where nothing caches.
const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const accept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

export interface HandshakeOptions {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Absent: none is offered. */
  readonly subprotocol?: string | undefined;
}

/** The whole request. */
export function upgradeRequest({ host, port, path, subprotocol }: HandshakeOptions): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Version: 13',
    ...(subprotocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
    '',
    '',
  ].join('\r\n');
}

/** Whether the head of an answer opens the connection. */
export function isUpgraded(head: string): boolean {
  return head.startsWith('HTTP/1.1 101') && head.includes(accept);
}
