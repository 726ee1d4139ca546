/* Leaves the functions of the page where a test can call them: `traffic` is there when the client is open. */
import { Traffic } from './traffic.js';

globalThis.openTraffic = async (options) => {
  globalThis.traffic = new Traffic(options);
  await globalThis.traffic.ready();
};
