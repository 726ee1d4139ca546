/**
 * How the process ends: a signal starts the drain, a second one ends everything at once. An exception nobody caught
 * leaves the process in a state nobody knows: it drains too, and ends with 1. A promise nobody handled is a mistake of
 * one handler: it is logged, and the process lives.
 */
import closeWithGrace from 'close-with-grace';
import type { ProcessLog } from '../telemetry/log.js';

export interface ShutdownOptions {
  readonly log: ProcessLog;
  /** Milliseconds the drain itself takes at most. */
  readonly deadlineMs: number;
  /** Resolves when nothing is left to do. */
  readonly drain: () => Promise<void>;
}

/** Milliseconds beyond the drain's deadline: closing what is left takes up to one second of them. */
const slackMs = 2000;

/** Faults of the process itself, for which no listener may be called, and errors, which have listeners of their own. */
const notSignals = [
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGSEGV',
  'SIGUSR2',
  'uncaughtException',
  'unhandledRejection',
  'beforeExit',
] as const;

/** Listens to signals and errors from now on. Call it once, before anything that may fail. */
export function installShutdown({ log, deadlineMs, drain }: ShutdownOptions): void {
  let isClosing = false;
  let hasFailed = false;
  const grace = closeWithGrace(
    {
      delay: deadlineMs + slackMs,
      logger: false,
      skip: [...notSignals],
      onSecondSignal: (signal) => log.warn({ signal }, 'asked again: ending at once'),
      onTimeout: (delayMs) => log.error({ delayMs }, 'the drain did not end in time'),
    },
    async ({ signal }) => {
      isClosing = true;
      log.info({ signal }, 'draining');
      try {
        await drain();
        log.info('drained');
      } catch (error) {
        hasFailed = true;
        log.error({ err: error }, 'the drain failed');
      }
      if (hasFailed) process.exit(1);
    },
  );
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'an exception nobody caught');
    hasFailed = true;
    if (!isClosing) grace.close();
  });
  process.on('unhandledRejection', (reason) => {
    log.error({ err: reason }, 'a rejected promise nobody handled');
  });
}
