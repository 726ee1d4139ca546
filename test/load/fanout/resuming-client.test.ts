import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { noResumeFaults } from '../../../load/fanout/reconnect-order.js';
import { ResumingClient } from '../../../load/fanout/resuming-client.js';
import { startPeer } from '../../../load/processes/server.js';

it('a session that is not taken up again is a fault', async () => {
  // It knows no sessions: whoever comes is new.
  const server = await startPeer(fileURLToPath(new URL('./faulty-fanout.ts', import.meta.url)), ['none']);
  onTestFinished(() => server.stop());
  const notes: string[] = [];
  const tally = {
    faults: noResumeFaults(),
    messages: 0,
    replayed: 0,
    items: 0,
    note: (fault: string) => void notes.push(fault),
  };
  const event = { type: 'bench.hold', data: {} };
  const client = new ResumingClient({ port: server.port, topic: 't', event, outcome: { data: {} }, tally });
  await client.open();
  expect(tally.faults).toEqual(noResumeFaults());
  client.cut();
  await client.resume();
  client.cut();
  expect(tally.faults).toEqual({ ...noResumeFaults(), sessions: 2 });
  expect(notes[0]).toMatch(/expected s_1 to be taken up again/);
});
