/** The events of the self-test: on every connection the same, and of every group some. */
import { type AuditData, type Frame, failAttemptsMax } from './audit-event.js';
import type { SentEvent } from './client-ledger.js';
import type { EventGroup } from './fault.js';

/** One event: what is written down, and the frame. */
export interface MixedEvent {
  readonly n: number;
  readonly sent: SentEvent;
  readonly frame: Frame & { readonly data: AuditData };
}

/** Events per connection are fewer than the credit of the first window. */
export const connectionsOfMix = 3;
const rounds = 4;
const keysPerConnection = 2;
const streamItems = 8;
const streamCredit = 3;

/** Of each group there are at least so many events in a run, wherever the fault is planted. */
export const groupSizeMin = 9;

/** All events of one connection, in the order they are sent. */
export function eventsOfMix(connection: number): MixedEvent[] {
  const events: MixedEvent[] = [];
  const sequences = new Map<number, number>();
  const add = (type: string, fields: Mixed = {}): void => {
    const n = 1 + connection + events.length * connectionsOfMix;
    events.push(mixed(n, connection, type, fields, sequences));
  };
  for (let round = 0; round < rounds; round += 1) {
    add('audit.echo');
    add('audit.echo', { ack: true });
    add('audit.echo', { isSilent: true });
    for (let key = 0; key < keysPerConnection; key += 1) add('audit.keyed', { key: connection * 10 + key });
    add('audit.fail', { key: connection * 10 + keysPerConnection, failures: 1, attemptsMax: failAttemptsMax });
    add('audit.stream', { items: streamItems, overflow: 'wait' });
    add('audit.stream', { items: streamItems, overflow: 'latest' });
  }
  return events;
}

/** The group of an event, or undefined for the last of its key, which nothing follows. */
export function groupOf(frame: Frame): EventGroup | undefined {
  const { keySequence } = frame.data as AuditData;
  if (frame.type === 'audit.stream') return frame.overflow === 'wait' ? 'stream' : 'gapped';
  if (frame.type === 'audit.echo') return frame.id === undefined ? 'silent' : frame.ack === true ? 'acked' : 'plain';
  if (keySequence === rounds) return undefined;
  return frame.type === 'audit.fail' ? 'retried' : 'keyed';
}

interface Mixed {
  readonly key?: number;
  readonly ack?: boolean;
  readonly isSilent?: boolean;
  readonly items?: number;
  readonly overflow?: string;
  readonly failures?: number;
  readonly attemptsMax?: number;
}

function mixed(
  n: number,
  connection: number,
  type: string,
  { key = -1, ack = false, isSilent = false, items, overflow, failures, attemptsMax = 1 }: Mixed,
  sequences: Map<number, number>,
): MixedEvent {
  const keySequence = key < 0 ? 0 : (sequences.get(key) ?? 0) + 1;
  sequences.set(key, keySequence);
  const data = {
    n,
    key,
    keySequence,
    ...(items === undefined ? {} : { items }),
    ...(failures === undefined ? {} : { failures }),
  };
  return {
    n,
    sent: { connection, key, keySequence, withId: !isSilent, wantsAck: ack, attemptsMax, items: items ?? -1 },
    frame: {
      op: 'event',
      type,
      data,
      ...(isSilent ? {} : { id: n }),
      ...(ack ? { ack } : {}),
      ...(key < 0 ? {} : { key: `key-${key}` }),
      ...(overflow === undefined ? {} : { overflow, credit: streamCredit }),
    },
  };
}
