/** A stream processor in a world of which the test is the master: its clock, its publishing, its items. */
import { map, type Observable, type OperatorFunction } from 'rxjs';
import {
  defineProcessor,
  type ProcessorContext,
  type ProcessorOptions,
  type ProcessorResult,
  type TopicMessage,
} from '../../src/handlers/define-processor.js';
import { Processor } from '../../src/handlers/processor.js';
import { TestClock } from './test-clock.js';

export type Through = (
  items$: Observable<TopicMessage<number>>,
  context: ProcessorContext,
) => Observable<ProcessorResult>;

/** A processor of messages that are numbers, in a world of which the test is the master. */
export class ProcessorStage {
  readonly clock = new TestClock();
  readonly published: unknown[] = [];
  readonly logged: { level: string; text: string; fields: Record<string, unknown> }[] = [];
  readonly processor: Processor;
  /** How to publish; at once at first. */
  publish: (topic: string, data: unknown, key: string | undefined) => Promise<unknown> = async () => undefined;
  #offset = 0;

  constructor(through: Through, options: ProcessorOptions = {}) {
    const line = (level: string) => (fields: object | string, text?: string) =>
      this.logged.push({ level, text: text ?? '', fields: fields as Record<string, unknown> });
    this.processor = new Processor(defineProcessor<number>({ from: { topic: 'in' }, through, ...options }), {
      clock: this.clock,
      log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
      publish: (topic, data, key) => {
        this.published.push(data);
        return this.publish(topic, data, key);
      },
      random: () => 0.5,
    });
    this.processor.start();
  }

  /** Gives numbers, and waits until nothing more happens. */
  async give(...numbers: number[]): Promise<void> {
    this.processor.deliver(numbers.map((data) => this.#message(data)));
    await settle();
  }

  #message(data: number): TopicMessage<number> {
    this.#offset += 1;
    return { topic: 'in', offset: this.#offset, key: undefined, data };
  }
}

/** A few turns of the event loop. */
export async function settle(turns = 4): Promise<void> {
  for (let i = 0; i < turns; i += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Publishes each number as it is. */
export const out = <T>(): OperatorFunction<TopicMessage<T>, ProcessorResult> =>
  map(({ data }) => ({ topic: 'out', data }));

/** So many numbers. */
export const numbers = (count: number, first = 1): number[] => Array.from({ length: count }, (_, n) => first + n);

/** What goes wrong. */
export const bad = new Error('bad');

/** Throws it. */
export function throwBad(): never {
  throw bad;
}
