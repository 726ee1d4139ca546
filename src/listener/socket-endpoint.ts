/** The WebSocket endpoint: who is let in, and with which settings of the library. */
import type { HttpRequest, HttpResponse, TemplatedApp, us_socket_context_t } from 'uWebSockets.js';
import type { SocketHandler } from '../model/transport.js';
import { socketPath } from '../protocol/limits.js';
import type { HttpServer } from './http-server.js';
import type { ListenerLog } from './listener-log.js';
import { SocketEvents } from './socket-events.js';
import type { TurnBounds } from './turn-meter.js';
import { checkUpgrade, type HeaderLines, type UpgradeGrant } from './upgrade-check.js';
import type { SocketSlot } from './uws-socket.js';

export interface SocketEndpointParts<Session> {
  readonly handler: SocketHandler<Session>;
  readonly http: HttpServer;
  /** What is handled of one socket in one turn of the event loop. */
  readonly share: TurnBounds;
  readonly log: ListenerLog;
  readonly payloadBytesMax: number;
  readonly keepAliveMs: number;
  readonly floodFramesMax: number;
  readonly floodBytesMax: number;
}

/** Why a request does not become a socket. */
interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** The library's value for no compression; its types know the name only. */
const compressionDisabled = 0;

/** Adds the endpoint at `/v1/socket`. @returns its events: close them behind the app */
export function mountSockets<Session>(
  app: TemplatedApp,
  parts: SocketEndpointParts<Session>,
): Pick<SocketEvents<Session>, 'close'> {
  const events = new SocketEvents(parts);
  const { handler, http, log } = parts;

  const refuse = (response: HttpResponse, request: HttpRequest, status: number, message: string): void => {
    const headers = status === 426 ? { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' } : {};
    http.answer(response, request, status, headers, message);
  };

  const decide = (request: HttpRequest): UpgradeGrant | Refusal => {
    try {
      const checked = checkUpgrade(headerLines(request));
      return 'status' in checked ? checked : (handler.refuse() ?? checked);
    } catch (error) {
      log.error({ err: error }, 'an upgrade failed after a defect');
      return { status: 500, message: 'internal error' };
    }
  };

  const upgrade = (response: HttpResponse, request: HttpRequest, context: us_socket_context_t): void => {
    const decided = decide(request);
    if ('status' in decided) {
      refuse(response, request, decided.status, decided.message);
      return;
    }
    // The library opens the socket before this returns: an answer to the request is not possible any more.
    const slot: SocketSlot<Session> = { subprotocol: decided.subprotocol, socket: undefined };
    response.upgrade(slot, decided.key, decided.echo, '', context);
  };

  app.ws<SocketSlot<Session>>(socketPath, {
    ...events.behavior,
    upgrade,
    maxPayloadLength: parts.payloadBytesMax,
    compression: compressionDisabled,
    // No bound of the library: past one it drops frames and the close code with them. The outbox has its own.
    maxBackpressure: 0,
    closeOnBackpressureLimit: false,
    idleTimeout: idleTimeoutSeconds(parts.keepAliveMs),
    sendPingsAutomatically: false,
    maxLifetime: 0,
  });
  // The library passes a request on to here when it has no key of the right length.
  app.get(socketPath, (response, request) => {
    const checked = checkUpgrade(headerLines(request));
    if ('status' in checked) refuse(response, request, checked.status, checked.message);
    else refuse(response, request, 400, 'expected a WebSocket handshake');
  });
  http.refuseOtherMethods(app, socketPath, ['GET']);
  return events;
}

/**
 * When the library cuts a silent socket. Keep-alive is the sessions' work, and four times as fast; this is for a
 * closed socket whose peer neither reads nor goes: no call reaches it any more, and with a timeout of 0 the library
 * would keep it and its buffer for ever. Anything but 0 and 8 to 960 makes the library end the process.
 */
function idleTimeoutSeconds(keepAliveMs: number): number {
  return Math.min(960, Math.max(8, Math.ceil((4 * keepAliveMs) / 1000)));
}

function headerLines(request: HttpRequest): HeaderLines {
  const lines = new Map<string, string[]>();
  request.forEach((name, value) => {
    const values = lines.get(name);
    if (values === undefined) lines.set(name, [value]);
    else values.push(value);
  });
  return lines;
}
