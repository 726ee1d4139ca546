import { describe, expect, it } from 'vitest';
import { networkEvents } from '../../src/client/network-events.js';

/** As much of a browser's global object as is looked at. */
class FakePage extends EventTarget {
  readonly navigator = { onLine: true };
  readonly document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
}

function heard(page: object) {
  const told: string[] = [];
  const network = networkEvents(page);
  network.listen({
    offline: () => told.push('offline'),
    online: () => told.push('online'),
    visible: () => told.push('visible'),
  });
  return { told, network };
}

describe('what a browser says of its network', () => {
  it('is told: that it is gone, that it is back, and that the page is looked at again', () => {
    const page = new FakePage();
    const { told, network } = heard(page);
    page.dispatchEvent(new Event('offline'));
    page.dispatchEvent(new Event('online'));
    page.document.visibilityState = 'hidden';
    page.document.dispatchEvent(new Event('visibilitychange'));
    page.document.visibilityState = 'visible';
    page.document.dispatchEvent(new Event('visibilitychange'));
    expect(told).toEqual(['offline', 'online', 'visible']);
    page.navigator.onLine = false;
    expect(network.isOnline).toBe(false);
  });

  it('is not listened to after the end', () => {
    const page = new FakePage();
    const { told, network } = heard(page);
    network.stop();
    network.stop();
    for (const name of ['offline', 'online']) page.dispatchEvent(new Event(name));
    page.document.dispatchEvent(new Event('visibilitychange'));
    expect(told).toEqual([]);
  });

  it('is heard in a worker, which has no document', () => {
    const worker = Object.assign(new EventTarget(), { navigator: { onLine: true } });
    const { told } = heard(worker);
    worker.dispatchEvent(new Event('offline'));
    expect(told).toEqual(['offline']);
  });

  it.each([
    ['nothing of a browser', {}],
    ['a navigator that does not know', Object.assign(new EventTarget(), { navigator: {} })],
    ['no way to listen', { navigator: { onLine: true } }],
  ])('is nothing where there is %s, and the network is taken to be there', (_, page) => {
    const { told, network } = heard(page);
    if (page instanceof EventTarget) page.dispatchEvent(new Event('offline'));
    expect(told).toEqual([]);
    expect(network.isOnline).toBe(true);
    network.stop();
  });

  it('is nothing here, in Node', () => {
    expect(networkEvents().isOnline).toBe(true);
  });
});
