import { expect, it } from 'vitest';
import { aClient, ownTime } from './own-time.js';

ownTime();

it('an observer that closes the client when it first looks is told so', async () => {
  const { client } = await aClient();
  const seen: string[] = [];
  client.state$.subscribe(({ status }) => {
    seen.push(status);
    if (status === 'open') void client.close({ drain: false });
  });
  expect(seen).toEqual(['open', 'closed']);
});
