/** socket.io with a fault, to prove that the checker sees it: `corrupt` or `drop`; it hits every tenth answer. */

import { App } from 'uWebSockets.js';
import { Server } from 'socket.io';
import { socketioOptions } from '../../load/peers/socketio-echo.js';
import { serve } from '../../load/peers/uws-server.js';

const fault = process.argv[2];
const every = 10;
let answers = 0;

const app = App();
const server = new Server(socketioOptions);
server.attachApp(app);
server.on('connection', (socket) => {
  socket.on('echo', (data: { seq: number }, acknowledge: (data: unknown) => void) => {
    answers += 1;
    const isFaulty = answers % every === 0;
    if (isFaulty && fault === 'drop') return;
    acknowledge(isFaulty && fault === 'corrupt' ? { ...data, seq: data.seq + 1 } : data);
  });
});
serve(app);
