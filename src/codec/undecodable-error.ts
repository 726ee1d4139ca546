/** The bytes of a message are no JSON, or no MessagePack: there is no frame to answer, the socket is closed with 4000. */
export class UndecodableError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UndecodableError';
  }
}
