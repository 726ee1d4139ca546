/**
 * The engine that keeps everything in the memory of this process, the smallest one and the measure for the others. It
 * answers at once, with a promise only where it refuses. A crash leaves nothing of it; logs begin with new epochs then.
 */
import type { Clock } from '../model/clock.js';
import type { Engine } from './engine.js';
import { MemoryLogs, type MemoryLogsOptions } from './memory-logs.js';
import { MemoryOutcomes, type MemoryOutcomesOptions } from './memory-outcomes.js';
import { MemoryPresence } from './memory-presence.js';

export interface MemoryEngineOptions {
  readonly clock: Clock;
  readonly logs: Omit<MemoryLogsOptions, 'clock'>;
  readonly outcomes: Omit<MemoryOutcomesOptions, 'clock'>;
}

/** An engine with nothing in it. {@link Engine.close} ends its one timer, which does not keep the process alive. */
export function createMemoryEngine({ clock, logs, outcomes }: MemoryEngineOptions): Engine {
  const memoryLogs = new MemoryLogs({ clock, ...logs });
  return {
    name: 'memory',
    logs: memoryLogs,
    outcomes: new MemoryOutcomes({ clock, ...outcomes }),
    presence: new MemoryPresence(),
    close: () => memoryLogs.close(),
  };
}
