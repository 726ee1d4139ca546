/** Topic messages that are on their way to a page when its browser goes offline. */
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { startTestGateway } from '../support/test-gateway.js';
import { startChromium } from './chromium.js';
import { countTo } from './client-mixed.js';
import { ClientPage, clientPages } from './client-page.js';

it('messages on their way to a page that goes offline come when it is online again', async () => {
  const browser = await startChromium();
  onTestFinished(() => browser.close());
  const gateway = await startTestGateway([], {
    pages: clientPages,
    anonymous: { publish: ['>'] },
    listen: { keepAliveMs: 4000 },
  });
  onTestFinished(() => gateway.close());
  const shown = await ClientPage.open(browser, gateway.port);
  await shown.follow('news');
  await shown.until(({ opened }) => opened === 1);
  let published = 0;
  let isEnough = false;
  const publishing = (async () => {
    for (; !isEnough && published < 5000; await wait(20)) {
      published += 1;
      const body = JSON.stringify({ data: { n: published } });
      const headers = { 'content-type': 'application/json' };
      const url = `http://127.0.0.1:${gateway.port}/v1/topics/news`;
      expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(200);
    }
  })();
  await shown.until(({ messages }) => messages[0] === published && published > 10);
  await shown.page.context().setOffline(true);
  await shown.until(({ state }) => state.status === 'offline');
  await shown.page.context().setOffline(false);
  await shown.until(({ connections }) => connections === 2);
  isEnough = true;
  await publishing;
  await shown.send([['publish', 'none', {}]]);
  await shown.until(({ unsettled }) => unsettled === 0);
  const { topics } = await shown.report();
  expect(topics).toEqual([{ numbers: { news: countTo(published) }, gaps: [], problems: [] }]);
}, 30_000);
