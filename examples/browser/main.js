/** The page: one client for all panels, which is one connection however many streams and topics they read. */
import { client } from './client.js';
import { showConnection } from './connection.js';
import { takeOrders } from './order.js';
import { readReports } from './report.js';
import { showTicks } from './ticks.js';

showConnection(client);
showTicks(client);
takeOrders(client);
readReports(client);

// Ends the session, and all that goes on for it. Without a word the gateway would keep it for a while, in case that it
// was the connection that went and not the page; which it also does where the browser is gone before the word is out.
addEventListener('pagehide', () => void client.close({ drain: false }));
// A page that the browser had kept has a client that is closed.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload();
});
