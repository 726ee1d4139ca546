/** How the gateway finds out that a client is gone, and how far it has got in topics. Looked at once in a round. */
import { closeCodes } from '../protocol/close-codes.js';
import type { Session } from './session.js';
import type { TopicReader } from './topic-reader.js';

/**
 * Asks a silent client for a sign of life, and gives it up when none comes. A round counts for its own time whenever it
 * comes: while the event loop stood still nobody could be heard, and that is not held against clients.
 */
export function keepAlive(session: Session, roundMs: number, keepAliveMs: number): void {
  if (session.isHeard) {
    session.isHeard = false;
    session.isPinged = false;
    session.silentMs = 0;
    return;
  }
  session.silentMs += roundMs;
  if (session.silentMs >= keepAliveMs)
    session.outbox.close(closeCodes.keepAliveMissed.code, 'nothing was heard in time');
  else if (session.silentMs * 2 >= keepAliveMs && !session.isPinged) {
    session.isPinged = true;
    session.socket.ping();
  }
}

/**
 * Messages of topics are not acknowledged. So that a session that is taken up again need not be sent all of them anew, a
 * `ping` goes out behind them: the client's `pong` says that it has had everything before it. One that answers none is taken
 * at the word of its socket, which is as good where nobody stands between the two; a browser's answers for pages that have
 * seen nothing yet, and may never.
 */
export function markTopics(session: Session): void {
  if (session.resumable === undefined) return;
  if (session.markAwaited !== '') {
    if (!session.isMarkHeard || session.answersPings) return;
    confirm(session);
  }
  // What waits in the outbox would leave behind the ping.
  if (!session.isUnmarked || !session.outbox.isEmpty) return;
  session.isUnmarked = false;
  session.isMarkHeard = false;
  session.marks += 1;
  session.markAwaited = `t${session.marks}`;
  for (const { subscription } of readers(session)) subscription?.mark();
  if (!session.answersPings) session.socket.ping(session.markAwaited);
  session.send({ op: 'ping', at: session.markAwaited });
}

/** A pong of the WebSocket layer has come. */
export function heardMark(session: Session, mark: string): void {
  if (session.markAwaited !== '' && mark === session.markAwaited) session.isMarkHeard = true;
}

/** A `pong` has come. */
export function confirmTopics(session: Session, mark: unknown): void {
  if (session.markAwaited === '' || mark !== session.markAwaited) return;
  session.answersPings = true;
  confirm(session);
}

function confirm(session: Session): void {
  session.markAwaited = '';
  for (const { subscription } of readers(session)) subscription?.confirm();
}

function readers(session: Session): TopicReader[] {
  return session.topics?.values() ?? [];
}
