/** Ticks: two patterns of topics, one read by a loop that can be paused, the other as an Observable. */
import { explain, frame, Gate, part, say } from './page.js';
import { Prices } from './prices.js';

/** @typedef {import('./client.js').DemoClient} DemoClient */

const market = { symbols: 5, perS: 60, seconds: 60 };
/** Ticks taken for a picture. A loop that never waits would take them faster than anybody can see. */
const takenPerFrame = 16;

/** @param {DemoClient} client */
export function showTicks(client) {
  const prices = new Prices();
  const gate = new Gate();
  const pause = part('ticks-pause');
  pause.addEventListener('click', () => {
    if (gate.isOpen) gate.close();
    else gate.open();
    say(pause, gate.isOpen ? 'Pause' : 'Resume');
    prices.paused(!gate.isOpen);
  });
  followTicks(client, prices, gate).catch((error) => say(part('market'), explain(error)));
  followAverages(client, prices);
  keepMarketOpen(client, prices).catch((error) => say(part('market'), explain(error)));
}

/**
 * Nothing is asked for but what is taken: `credit` ticks may be on their way, and no more come while the loop waits, at
 * the gate or for a page that is not looked at. With `latest` the gateway has the newest tick of each symbol ready then,
 * and a gap that tells of the others.
 *
 * @param {DemoClient} client
 * @param {Prices} prices
 * @param {Gate} gate
 */
async function followTicks(client, prices, gate) {
  let taken = 0;
  for await (const event of client.subscribe('tick.*', { overflow: 'latest', credit: 16 })) {
    await gate.passed();
    if (event.kind === 'gap') prices.gap(event);
    else prices.tick(event);
    taken += 1;
    if (taken % takenPerFrame === 0) await frame();
  }
}

/**
 * The same as an Observable, which RxJS has operators for. It takes what comes: right where that is little.
 *
 * @param {DemoClient} client
 * @param {Prices} prices
 */
function followAverages(client, prices) {
  client.subscribe('vwap.*', { overflow: 'latest' }).subscribe({
    next: (event) => {
      if (event.kind === 'message') prices.average(event.data);
    },
    error: (error) => say(part('market'), explain(error)),
  });
}

/**
 * The demo has two markets to give away, for all who look at it: this page takes one only when nothing ticks, for a
 * minute at a time. It ends with the session, so that nothing has to be done about it when the page is left.
 *
 * @param {DemoClient} client
 * @param {Prices} prices
 */
async function keepMarketOpen(client, prices) {
  await client.ready;
  for (let quietMs = 300; client.state.status !== 'closed'; quietMs = 1500) {
    // By chance: of two pages that wait for the same silence, one is first, and the other hears it.
    await prices.silence(quietMs * (1 + Math.random()));
    say(part('market'), 'This page runs the market.');
    try {
      await client.request('ticks.start', market);
    } catch (error) {
      // A session that was lost, say: the next silence begins another market.
      say(part('market'), explain(error));
    }
  }
}
