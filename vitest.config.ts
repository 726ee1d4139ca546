/**
 * How tests run: in processes, never in worker threads, where a native crash would take the whole run with it. What owns
 * its clock and its data runs on two cores, and so does what mostly waits for processes and gateways; what measures, or
 * fills the machine, has it for itself.
 */
import { defineConfig } from 'vitest/config';

const common = { pool: 'forks', testTimeout: 20_000, hookTimeout: 20_000 } as const;
const rooms = [
  'test/{admission,codec,collections,config,conformance,engine,handlers,operators,properties,protocol}/**/*.test.ts',
  'test/{client,pages,replies,sessions,topics}/**/*.test.ts',
  'test/load/{html,model,curves,report}/**/*.test.ts',
  // They wait, for the longest part.
  'test/listener/{silent-stream,stalled-peer}.test.ts',
];

const waiting = [
  'test/{demo,docs,examples,model,python,telemetry}/**/*.test.ts',
  'test/cli/!(serve|shutdown).test.ts',
  'test/integration/client-!(backpressure|close|lifetime).test.ts',
  'test/faults/client-{drain,sleep,token}.test.ts',
  'test/browser/{examples,report}.test.ts',
];

export default defineConfig({
  test: {
    allowOnly: false,
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary', 'html'] },
    projects: [
      { test: { ...common, name: 'rooms', include: rooms, maxWorkers: 2, sequence: { groupOrder: 0 } } },
      { test: { ...common, name: 'waiting', include: waiting, maxWorkers: 2, sequence: { groupOrder: 1 } } },
      {
        test: {
          ...common,
          name: 'whole',
          include: ['test/**/*.test.ts'],
          exclude: [...rooms, ...waiting],
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
