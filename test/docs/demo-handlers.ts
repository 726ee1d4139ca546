/** Every handler of `src/demo/`: those the documents speak of. */
import * as article from '../../src/demo/article.js';
import * as basics from '../../src/demo/basics.js';
import * as devices from '../../src/demo/devices.js';
import * as market from '../../src/demo/market.js';
import * as shop from '../../src/demo/shop.js';
import * as ticks from '../../src/demo/ticks.js';

export const demoHandlers: readonly unknown[] = [article, basics, devices, market, shop, ticks].flatMap((module) =>
  Object.values(module),
);
