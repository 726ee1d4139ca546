/**
 * What RFC 6455 section 4.2.1 asks of an opening handshake and the library does not check, and the choice of the
 * subprotocol.
 */
import { type Subprotocol, subprotocols } from '../protocol/limits.js';

/** Header name in lower case → its values, one per line of the request. */
export type HeaderLines = ReadonlyMap<string, readonly string[]>;

/** The handshake is good. */
export interface UpgradeGrant {
  readonly key: string;
  /** The rules that hold on this socket. */
  readonly subprotocol: Subprotocol;
  /** What the answer names; empty when the client offered nothing. */
  readonly echo: string;
}

/** The handshake is refused with this answer. */
export interface UpgradeRefusal {
  readonly status: 400 | 426;
  /** What was expected, and what was got. */
  readonly message: string;
}

/** Headers that a request may have once at most; a second one would let two readers see two requests. */
const singleHeaders = ['host', 'origin', 'authorization', 'upgrade', 'sec-websocket-key', 'sec-websocket-version'];

/** Subprotocol whose rules hold when the client offers none. */
const defaultSubprotocol: Subprotocol = 'sluice.v1.json';

const version = '13';

/** 16 bytes in canonical base64. */
const keyPattern = /^[A-Za-z0-9+/]{21}[AQgw]==$/;

/** Checks the handshake of a GET. The first thing found wrong is told. */
export function checkUpgrade(headers: HeaderLines): UpgradeGrant | UpgradeRefusal {
  for (const name of singleHeaders) {
    const count = headers.get(name)?.length ?? 0;
    if (count > 1) return badRequest(`one ${name} header`, String(count));
  }
  const upgrade = headers.get('upgrade')?.[0];
  if (upgrade === undefined || !tokens(upgrade).some(is('websocket'))) {
    return { status: 426, message: expected('the header upgrade: websocket', quoted(upgrade)) };
  }
  const connection = headers.get('connection')?.join(',');
  if (connection === undefined || !tokens(connection).some(is('upgrade'))) {
    return badRequest('the header connection to hold upgrade', quoted(connection));
  }
  const offeredVersion = headers.get('sec-websocket-version')?.[0];
  if (offeredVersion !== version) {
    return { status: 426, message: expected(`sec-websocket-version to be ${version}`, quoted(offeredVersion)) };
  }
  const key = headers.get('sec-websocket-key')?.[0];
  if (key === undefined || !keyPattern.test(key)) {
    return badRequest('sec-websocket-key to be 16 bytes in base64', quoted(key));
  }
  for (const name of ['content-length', 'transfer-encoding']) {
    const value = headers.get(name)?.join(', ');
    if (value !== undefined && value !== '0') return badRequest(`no body, so no ${name}`, quoted(value));
  }
  return chooseSubprotocol(key, headers.get('sec-websocket-protocol')?.join(','));
}

function chooseSubprotocol(key: string, header: string | undefined): UpgradeGrant | UpgradeRefusal {
  const offered = header === undefined ? [] : tokens(header);
  if (offered.length === 0) return { key, subprotocol: defaultSubprotocol, echo: '' };
  const chosen = subprotocols.find((subprotocol) => offered.includes(subprotocol));
  if (chosen === undefined)
    return badRequest(`sec-websocket-protocol to hold ${subprotocols.join(' or ')}`, quoted(header));
  return { key, subprotocol: chosen, echo: chosen };
}

function badRequest(what: string, got: string): UpgradeRefusal {
  return { status: 400, message: expected(what, got) };
}

function expected(what: string, got: string): string {
  return `expected ${what}, got ${got}`;
}

/** The elements of a list header, empty ones left out. */
function tokens(list: string): string[] {
  return list
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '');
}

function is(word: string): (token: string) => boolean {
  return (token) => token.toLowerCase() === word;
}

/** What a client sent, short and on one line. */
function quoted(value: string | undefined): string {
  return value === undefined ? 'none' : JSON.stringify(value.slice(0, 80));
}
