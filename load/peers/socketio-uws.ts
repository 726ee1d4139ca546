/** socket.io on uWebSockets.js, WebSocket only: each event is answered by its acknowledgement. */

import { App } from 'uWebSockets.js';
import { Server } from 'socket.io';
import { answerEvents, socketioOptions } from './socketio-echo.js';
import { serve } from './uws-server.js';

const app = App();
const server = new Server(socketioOptions);
server.attachApp(app);
answerEvents(server);
serve(app);
