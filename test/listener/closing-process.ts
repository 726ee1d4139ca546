/** Opens two listeners, uses them, closes them, and ends by itself when nothing is left that holds the process. */

import { createListener } from '../../src/listener/listener.js';
import { RawSocket } from '../support/raw-socket.js';
import { TestLog, TestSockets, testOptions } from './start-listener.js';

process.channel?.unref();
const listener = await createListener(testOptions, new TestSockets(), [], new TestLog());
const admin = await createListener(testOptions, undefined, [], new TestLog());
const raw = await RawSocket.webSocket(listener.port);
listener.close();
admin.close();
await raw.until(() => raw.isEnded || raw.isClosed || undefined);
raw.destroy();
