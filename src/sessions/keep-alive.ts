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
 * ping goes out behind them: its answer says that everything before it has arrived.
 */
export function markTopics(session: Session): void {
  // What waits in the outbox would leave behind the ping.
  if (!session.isUnmarked || session.resumable === undefined || session.markAwaited !== '' || !session.outbox.isEmpty) {
    return;
  }
  session.isUnmarked = false;
  session.marks += 1;
  session.markAwaited = `t${session.marks}`;
  for (const { subscription } of readers(session)) subscription?.mark();
  session.socket.ping(session.markAwaited);
}

/** A pong has come. */
export function confirmTopics(session: Session, mark: string): void {
  if (session.markAwaited === '' || mark !== session.markAwaited) return;
  session.markAwaited = '';
  for (const { subscription } of readers(session)) subscription?.confirm();
}

function readers(session: Session): TopicReader[] {
  return session.topics?.values() ?? [];
}
