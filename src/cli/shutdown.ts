/**
 * How the process ends: a signal starts the drain, a second one ends everything at once. What nobody caught is logged,
 * and the process lives: it comes from the code of a handler (a timer, a listener of its signal, a forgotten promise),
 * since the gateway lets nothing of its own escape, and one handler must not end the sessions of all the others.
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
  closeWithGrace(
    {
      delay: deadlineMs + slackMs,
      logger: false,
      skip: [...notSignals],
      onSecondSignal: (signal) => log.warn({ signal }, 'asked again: ending at once'),
      onTimeout: (delayMs) => log.error({ delayMs }, 'the drain did not end in time'),
    },
    async ({ signal }) => {
      log.info({ signal }, 'draining');
      try {
        await drain();
        log.info('drained');
      } catch (error) {
        log.error({ err: error }, 'the drain failed');
        process.exit(1);
      }
    },
  );
  process.on('exit', () => log.flush());
  process.on('uncaughtException', (error) => {
    log.error({ err: error }, 'an exception nobody caught; the gateway goes on');
  });
  process.on('unhandledRejection', (reason) => {
    log.error({ err: reason }, 'a rejected promise nobody handled; the gateway goes on');
  });
}
